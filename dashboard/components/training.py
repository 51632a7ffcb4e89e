"""The trainings: those under way, and those that have ended."""

import streamlit as st

from core import store
from core.config import settings
from core.errors import LeukoscopeError
from core.figures import results as figures
from core.hyperparameters import TrainingConfig
from core.jobs import ENDED, Job
from core.worker import TrainingOutcome
from dashboard import resources
from dashboard.components.charts import chart
from dashboard.components.data import current_dataset
from dashboard.components.notice import problems_shown
from dashboard.components.outcome import outcome, scores
from dashboard.components.progress import cancel_button, progress_bar

_STATES = {
    "queued": ("Waiting for a free worker", ":material/schedule:"),
    "running": ("Running", ":material/play_circle:"),
    "cancelling": ("Stopping", ":material/hourglass_top:"),
    "cancelled": ("Cancelled", ":material/cancel:"),
    "done": ("Done", ":material/check_circle:"),
    "failed": ("Failed", ":material/error:"),
    "lost": ("Lost", ":material/heart_broken:"),
}


def runs() -> None:
    """All trainings on record, newest first; refreshes itself while one is under way."""
    with problems_shown():
        found = resources.jobs().jobs("training")
    waiting = any(job.state not in ENDED for job in found)

    @st.fragment(run_every=1.0 if waiting else None)
    def show() -> None:
        with problems_shown():
            now = resources.jobs().jobs("training")
        if waiting and all(job.state in ENDED for job in now):
            st.rerun()
        for number, job in enumerate(now):
            _run(job, open_at_first=number == 0)

    if not found:
        st.info(
            "No training yet. The form above starts one; you can leave this page while it runs.", icon=":material/info:"
        )
        return
    st.header("Trainings", divider="gray")
    show()


def _run(job: Job, *, open_at_first: bool) -> None:
    text, icon = _STATES[job.state]
    box = st.expander(
        f"**{job.title}** · {text}",
        expanded=open_at_first or job.state not in ENDED,
        icon=icon,
        key=f"run_{job.id}",
        on_change="rerun",  # so that the charts of closed ones are not drawn
    )
    if box.open:
        with box:
            _details(job)


def _details(job: Job) -> None:
    if job.state not in ENDED:
        _progress(job)
        cancel_button(job)
    if job.problem:
        st.error(job.problem, icon=":material/error:")
        if job.state == "failed" and job.config and job.config.pretrained:
            st.info("Choose 'Random weights' under Advanced to train from scratch.")
    if job.event and job.event.history:
        _curves(job.event.history, key=job.id)
    if isinstance(job.outcome, TrainingOutcome):
        outcome(job.outcome.card, job.outcome.report, key=job.id)
    elif job.state == "done":
        _stored(job)
    with st.container(horizontal=True):
        if job.log:
            with st.popover("Log", icon=":material/receipt_long:", key=f"log_{job.id}"):
                st.code("\n".join(job.log), language=None)
        if job.state in ENDED:
            _what_next(job)


def _stored(job: Job) -> None:
    """Figures of a training that an earlier server has finished, from its model's card."""
    try:
        card = store.card(settings().models, str(job.result.get("model", job.title)))
    except (LeukoscopeError, ValueError):
        st.caption("Its model is not in the store any more.")
        return
    scores(card.test)
    st.page_link("app_pages/models.py", label="All about this model on Models", icon=":material/article:")


def _what_next(job: Job) -> None:
    engine = resources.jobs()
    resume = engine.can_resume(job) and st.button(
        "Resume",
        key=f"resume_{job.id}",
        icon=":material/resume:",
        help="Goes on after the last finished epoch, with the same cells.",
    )
    remove = st.button(
        "Remove",
        key=f"remove_{job.id}",
        icon=":material/delete:",
        help="Takes this training off the list and deletes what an unfinished one has left. A stored model stays.",
    )
    if not resume and not remove:
        return
    try:
        if remove:
            engine.remove(job.id)
        else:
            with progress_bar("Opening the data set") as progress:
                engine.resume(job.id, progress=progress)
    except LeukoscopeError as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.rerun()


def _progress(job: Job) -> None:
    event, config = job.event, job.config
    if event is None or config is None:
        st.progress(0.0, text="Waiting for a free worker" if job.state == "queued" else "Starting TensorFlow")
        return
    within = event.done / event.total if event.total else 0.0
    if event.stage != "training":
        st.progress(min(1.0, within), text="Reading cells" if event.stage == "reading" else "Scoring the test subjects")
        return
    epochs = max(0.0, config.epochs - (event.epoch - 1 + within))
    images = epochs * event.total * config.batch_size
    rate = event.images_per_second
    left = f" · at most {_duration(images / rate)} left" if rate > 0 else ""
    st.progress(
        min(1.0, 1 - epochs / config.epochs),
        text=f"Epoch {event.epoch} of {config.epochs} · batch {event.done} of {event.total} · "
        f"{rate:.0f} images/s · {_duration(job.elapsed)} so far{left}",
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


def start(name: str, config: TrainingConfig) -> None:
    """Queue a training of the current data set, or say why it cannot be."""
    resources.jobs().submit_training(current_dataset(hashes=True), config, name=name)
