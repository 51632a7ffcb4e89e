"""Cross-validations and learning curves: what they answer, those under way, and those that have ended."""

from dataclasses import dataclass

import streamlit as st

from core.hyperparameters import TrainingConfig
from core.job import Part
from core.jobs import ENDED, Job
from dashboard import resources
from dashboard.components.data import current_dataset
from dashboard.components.jobs import job_actions, job_list, job_log
from dashboard.components.live import duration
from dashboard.components.notice import problems_shown
from dashboard.components.progress import cancel_button
from dashboard.components.trial_results import trial_results

_TRAIN, _FOLDS, _CURVE = "One model", "Cross-validation", "Learning curve"
_MEANING = {
    _TRAIN: "Trains one model that can be used on Upload, and tests it on a fifth of the subjects.",
    _FOLDS: "How good is this recipe on persons it has never seen? Each person is tested once, by a network that was "
    "trained on the others. No model is stored.",
    _CURVE: "Would more subjects help? The same recipe learns from a quarter, a half, three quarters and all of the "
    "training subjects, whatever share is set below, and is tested on the same other ones. No model is stored.",
}


@dataclass(frozen=True)
class Goal:
    """What a training is for.

    Attributes:
        folds: Folds of a cross-validation; 0 for none.
        repetitions: Trainings at each number of subjects of a learning curve; 0 for none.
    """

    folds: int = 0
    repetitions: int = 0

    @property
    def one_model(self) -> bool:
        """Whether one model is to be trained and stored."""
        return not self.folds and not self.repetitions


def goal() -> Goal:
    """Ask what the training is for."""
    chosen = st.segmented_control(
        "What for", list(_MEANING), default=_TRAIN, required=True, key="train_goal", persist_state="session"
    )
    st.caption(_MEANING[chosen])
    if chosen == _FOLDS:
        folds = st.slider(
            "Folds",
            3,
            10,
            5,
            help="Groups of persons; each is the test group once. With more folds each network learns from more "
            "persons, and all together take longer.",
            key="train_folds",
            persist_state="session",
        )
        return Goal(folds=folds)
    if chosen == _CURVE:
        repetitions = st.slider(
            "Trainings at each number of subjects",
            1,
            5,
            1,
            help="Each with other subjects and other first weights: their spread shows how much is chance.",
            key="train_repetitions",
            persist_state="session",
        )
        return Goal(repetitions=repetitions)
    return Goal()


def start_trials(asked: Goal, title: str, config: TrainingConfig) -> None:
    """Queue a cross-validation or a learning curve of the current data set."""
    dataset = current_dataset(hashes=True)
    if asked.folds:
        resources.jobs().submit_cross_validation(dataset, config, folds=asked.folds, title=title)
    else:
        resources.jobs().submit_learning_curve(dataset, config, repetitions=asked.repetitions, title=title)


def trial_runs() -> None:
    """All of them on record, those under way first; these refresh themselves, and nothing else does."""
    with problems_shown():
        found = resources.jobs().jobs("cross-validation", "learning curve")
    if not found:
        return
    st.header("Cross-validations and learning curves", divider="gray")
    job_list(found, "cross-validation", "learning curve", details=_details)


def _details(job: Job) -> None:
    if job.state not in ENDED:
        _progress(job)
        cancel_button(job)
    if job.problem:
        st.error(job.problem, icon=":material/error:")
    trial_results(job)
    with st.container(horizontal=True):
        job_log(job)
        if job.state in ENDED:
            job_actions(
                job,
                resume="Makes the trainings that are missing, with the same cells; the others stay.",
                remove="Takes this off the list with its results, and deletes what an unfinished one has left.",
            )


def _progress(job: Job) -> None:
    epochs = job.config.epochs if job.config else 1
    over = sum(part.fraction(epochs) for part in job.parts) / max(1, len(job.parts))
    done = sum(part.state in ENDED for part in job.parts)
    said = [f"{done} of {len(job.parts)} trainings are done"]
    if job.started is None:
        said.append("waiting for a free worker")
    else:
        said += [f"{duration(job.elapsed)} so far", *_left(job, epochs)]
    st.progress(over, text=" · ".join(said))
    running = [part for part in job.parts if part.state == "running"]
    if not running and job.total and job.started is not None and done < len(job.parts):
        st.caption(f"Reading cells: {job.done:,} of {job.total:,}")
    for part in running:
        st.caption(_under_way(part, epochs))


def _left(job: Job, epochs: int) -> list[str]:
    """How long the rest takes if it goes on as until now; nothing before a fiftieth is over."""
    own = [part for part in job.parts if part.state != "done" or part.event is not None]  # not of an earlier attempt
    over = sum(part.fraction(epochs) for part in own) / max(1, len(own))
    return [f"about {duration(job.elapsed * (1 - over) / over)} left"] if over > 0.02 else []


def _under_way(part: Part, epochs: int) -> str:
    event = part.event
    if event is None or event.stage == "reading":
        return f"{part.title}: getting ready"
    if event.stage == "testing":
        return f"{part.title}: scoring its test subjects"
    rate = f" · {event.images_per_second:.0f} images/s" if event.images_per_second else ""
    return f"{part.title}: epoch {event.epoch} of {epochs}{rate}"
