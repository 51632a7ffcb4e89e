"""The training form and the view of one run."""

from datetime import datetime

import streamlit as st

from core import networks
from core.card import ModelCard, TrainingConfig
from core.data.edits import applied
from core.evaluation import EvaluationReport
from core.figures import results as figures
from core.jobs import ENDED, Job
from core.worker import TrainingOutcome
from dashboard import resources, state
from dashboard.components.charts import chart
from dashboard.components.data import current_dataset
from dashboard.components.notice import caveats
from dashboard.components.numbers import numbers
from dashboard.components.progress import cancel_button

_STATES = {
    "queued": ("Waiting for a free worker", ":material/schedule:"),
    "running": ("Running", ":material/play_circle:"),
    "cancelling": ("Stopping", ":material/hourglass_top:"),
    "cancelled": ("Cancelled", ":material/cancel:"),
    "done": ("Done", ":material/check_circle:"),
    "failed": ("Failed", ":material/error:"),
    "lost": ("Lost", ":material/heart_broken:"),
}
_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
FIGURE_ORDER = ("roc_auc", "balanced_accuracy", "sensitivity", "specificity", "accuracy")
FIGURE_NAMES = {**figures.FIGURE_TITLES, "sensitivity": "Sensitivity", "specificity": "Specificity"}


def training_form() -> tuple[str, TrainingConfig] | None:
    """Ask for a name and hyperparameters; return them when the user starts a training."""
    with st.form("hyperparameters"):
        left, right = st.columns(2)
        name = left.text_input(
            "Name of the model",
            value=f"model-{datetime.now().astimezone():%m%d-%H%M%S}",
            key="train_name",
            persist_state="session",
        )
        architecture = right.selectbox(
            "Network",
            list(networks.NETWORKS),
            format_func=lambda key: f"{networks.NETWORKS[key].title}: {networks.NETWORKS[key].description}",
            key="train_architecture",
            persist_state="session",
        )
        epochs = left.slider(
            "Epochs",
            1,
            100,
            15,
            help="Most passes over the training cells; stops earlier when nothing improves.",
            key="train_epochs",
            persist_state="session",
        )
        share = right.slider(
            "Share of the training subjects (%)",
            10,
            100,
            100,
            step=5,
            help="Below 100 the run is faster and its results are marked 'reduced'. The test subjects stay complete.",
            key="train_share",
            persist_state="session",
        )
        with st.expander("Advanced", icon=":material/tune:"):
            one, two = st.columns(2)
            rate = one.select_slider(
                "Learning rate",
                _RATES,
                value=1e-3,
                format_func=lambda value: f"{value:g}",
                key="train_rate",
                persist_state="session",
            )
            batch = two.select_slider(
                "Batch size", (8, 16, 32, 64, 128), value=32, key="train_batch", persist_state="session"
            )
            size = one.slider("Image size in pixels", 48, 320, 200, step=8, key="train_size", persist_state="session")
            seed = two.number_input(
                "Seed",
                0,
                2**31 - 1,
                0,
                help="Decides the split, the first weights and the order of cells.",
                key="train_seed",
                persist_state="session",
            )
            colour = one.radio(
                "Colour", ("Colour", "Grayscale"), horizontal=True, key="train_colour", persist_state="session"
            )
            normalize = one.toggle(
                "Normalize the stain",
                help="Gives every cell the same mean colour and the same contrast before the network sees it, so that "
                "a paler or bluer slide makes less of a difference. Differences in colour between cells are lost, too. "
                "The model then does the same to every cell that it classifies.",
                key="train_stain",
                persist_state="session",
            )
            start = two.radio(
                "Start from",
                ("Random weights", "ImageNet weights"),
                horizontal=True,
                help="For MobileNetV2 and EfficientNetB0; these weights are fetched once from the internet.",
                key="train_start",
                persist_state="session",
            )
        if not st.form_submit_button("Train", type="primary", icon=":material/play_arrow:"):
            return None
    return name, TrainingConfig(
        architecture=architecture,
        pretrained=start == "ImageNet weights",
        epochs=epochs,
        batch_size=batch,
        learning_rate=rate,
        image_size=size,
        grayscale=colour == "Grayscale",
        normalize_stain=normalize,
        subjects_share=share / 100,
        seed=int(seed),
    )


def runs() -> None:
    """All trainings, newest first; refreshes itself while one is under way."""
    waiting = any(job.state not in ENDED for job in resources.jobs().jobs("training"))

    @st.fragment(run_every=1.0 if waiting else None)
    def show() -> None:
        found = resources.jobs().jobs("training")
        if waiting and all(job.state in ENDED for job in found):
            st.rerun()
        for number, job in enumerate(found):
            _run(job, open_at_first=number == 0)

    if not resources.jobs().jobs("training"):
        st.info(
            "No training yet. The form above starts one; you can leave this page while it runs.", icon=":material/info:"
        )
        return
    st.header("Trainings", divider="gray")
    show()


def _run(job: Job, *, open_at_first: bool) -> None:
    text, icon = _STATES[job.state]
    with st.expander(f"**{job.title}** · {text}", expanded=open_at_first or job.state not in ENDED, icon=icon):
        if job.state not in ENDED:
            _progress(job)
            cancel_button(job)
        if job.problem:
            st.error(job.problem, icon=":material/error:")
            if job.config and job.config.pretrained:
                st.info("Choose 'Random weights' under Advanced to train from scratch.")
        if job.event and job.event.history:
            _curves(job.event.history, key=job.id)
        if isinstance(job.outcome, TrainingOutcome):
            outcome(job.outcome.card, job.outcome.report, key=job.id)


def _progress(job: Job) -> None:
    event, config = job.event, job.config
    if event is None or config is None:
        st.progress(0.0, text="Waiting for a free worker" if job.state == "queued" else "Starting TensorFlow")
        return
    within = event.done / event.total if event.total else 0.0
    if event.stage != "training":
        st.progress(min(1.0, within), text="Reading cells" if event.stage == "reading" else "Scoring the test subjects")
        return
    done = min(1.0, (event.epoch - 1 + within) / config.epochs)
    left = f" · about {_duration(job.elapsed / done * (1 - done))} left" if done > 0.05 else ""
    st.progress(
        done,
        text=f"Epoch {event.epoch} of {config.epochs} · batch {event.done} of {event.total} · "
        f"{event.images_per_second:.0f} images/s · {_duration(job.elapsed)} so far{left}",
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _curves(history: tuple[dict[str, float], ...], *, key: str) -> None:
    charts = (("loss", "Loss"), ("accuracy", "Accuracy"), ("auroc", "ROC AUC"))
    for place, (metric, title) in zip(st.columns(3), charts, strict=True):
        with place:
            chart(
                figures.training_curves(history, metric=metric, title=title),
                key=f"{metric}_{key}",
                alt=f"Line chart: {title} by epoch",
            )


def outcome(card: ModelCard, report: EvaluationReport, *, key: str) -> None:
    """Figures on the test subjects, the confusion matrix and the report by class."""
    caveats(card)
    st.subheader(f"On {card.cells['test']:,} cells of {len(card.subjects['test'])} test {card.split_by}s")
    st.caption(applied(card.edits))
    scores(card.test)
    left, right = st.columns(2)
    with left:
        chart(
            figures.confusion_matrix(report.confusion_matrix().tolist(), card.classes),
            key=f"confusion_{key}",
            alt="Confusion matrix on the test subjects",
        )
    table = report.classification_report().rename(columns=str.capitalize).round(3)
    right.dataframe(table, alt="Table: precision, recall and F1 by class")
    right.caption(
        f"A cell is called {card.classes[1]} from a score of {card.threshold:.2f}: the {card.threshold_source}."
    )
    if st.button("Use on Upload", key=f"use_{key}", icon=":material/upload_file:"):
        state.choose_model(card.name)
        st.switch_page("app_pages/upload.py")


def scores(figures_of_test: dict[str, float]) -> None:
    """The headline figures in a row."""
    numbers({FIGURE_NAMES[name]: f"{figures_of_test[name]:.2f}" for name in FIGURE_ORDER})


def start(name: str, config: TrainingConfig) -> None:
    """Queue a training of the current data set, or say why it cannot be."""
    resources.jobs().submit_training(current_dataset(hashes=True), config, name=name)
