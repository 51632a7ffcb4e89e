"""The trainings: those under way, and those that have ended."""

import streamlit as st

from core import store
from core.config import settings
from core.errors import LeukoscopeError
from core.hyperparameters import TrainingConfig
from core.jobs import ENDED, Job
from core.worker import TrainingOutcome
from dashboard import resources
from dashboard.components.data import current_dataset
from dashboard.components.evaluation import stored_report
from dashboard.components.jobs import job_actions, job_list, job_log
from dashboard.components.live import curves, progress
from dashboard.components.notice import problems_shown
from dashboard.components.outcome import outcome
from dashboard.components.progress import cancel_button


def runs() -> None:
    """All trainings on record, those under way first; these refresh themselves, and nothing else does."""
    with problems_shown():
        found = resources.jobs().jobs("training")
    if not found:
        st.info(
            "No training yet. The form above starts one; you can leave this page while it runs.", icon=":material/info:"
        )
        return
    st.header("Trainings", divider="gray")
    job_list(found, "training", details=_details)


def _details(job: Job) -> None:
    if job.state not in ENDED:
        progress(job)
        cancel_button(job)
    if job.problem:
        st.error(job.problem, icon=":material/error:")
        if job.state == "failed" and job.config and job.config.pretrained:
            st.info("Choose 'Random weights' under Advanced to train from scratch.")
    curves(job)
    if isinstance(job.outcome, TrainingOutcome):
        outcome(job.outcome.card, job.outcome.report, key=job.id)
    elif job.state == "done":
        _stored(job)
    with st.container(horizontal=True):
        job_log(job)
        if job.state in ENDED:
            job_actions(
                job,
                resume="Goes on after the last finished epoch, with the same cells.",
                remove="Takes this training off the list and deletes what an unfinished one has left. A stored model "
                "stays.",
            )


def _stored(job: Job) -> None:
    """What a training came to that an earlier server has finished, from its model's folder."""
    try:
        card = store.card(settings().models, str(job.result.get("model", job.title)))
    except (LeukoscopeError, ValueError):
        st.caption("Its model is not in the store any more.")
        return
    outcome(card, stored_report(card.name), key=job.id)


def start(name: str, config: TrainingConfig) -> None:
    """Queue a training of the current data set, or say why it cannot be."""
    resources.jobs().submit_training(current_dataset(hashes=True), config, name=name)
