"""What every kind of job shows: its state, its log, and what may be done with it once it has ended."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import LeukoscopeError
from core.job import Kind
from core.jobs import ENDED, Job
from dashboard import resources
from dashboard.components.notice import problems_shown
from dashboard.components.progress import progress_bar

STATES = {
    "queued": ("Waiting for a free worker", ":material/schedule:"),
    "running": ("Running", ":material/play_circle:"),
    "cancelling": ("Stopping", ":material/hourglass_top:"),
    "cancelled": ("Cancelled", ":material/cancel:"),
    "done": ("Done", ":material/check_circle:"),
    "failed": ("Failed", ":material/error:"),
    "lost": ("Lost", ":material/heart_broken:"),
}


def job_list(found: Sequence[Job], *kinds: Kind, details: Callable[[Job], None]) -> None:
    """Jobs in boxes, those under way first; these refresh themselves, and nothing else does.

    Args:
        found: The jobs, newest first.
        kinds: Their kinds.
        details: What is shown in a box that is open.
    """
    waiting = {job.id for job in found if job.state not in ENDED}

    @st.fragment(run_every=1.0)
    def live() -> None:
        with problems_shown():
            now = resources.jobs().jobs(*kinds)
        if any(job.id in waiting and job.state in ENDED for job in now):
            st.rerun()
        for job in now:
            if job.state not in ENDED:
                _box(job, details, open_at_first=True)

    @st.fragment
    def ended() -> None:
        for number, job in enumerate(job for job in found if job.state in ENDED):
            _box(job, details, open_at_first=not waiting and number == 0)

    if waiting:
        live()
    ended()


def _box(job: Job, details: Callable[[Job], None], *, open_at_first: bool) -> None:
    text, icon = STATES[job.state]
    kind = "" if job.kind == "training" else f" · {job.kind.capitalize()}"
    box = st.expander(
        f"**{job.title}**{kind} · {text}",
        expanded=open_at_first,
        icon=icon,
        key=f"run_{job.id}",
        on_change="rerun",  # so that the charts of closed ones are not drawn
    )
    if box.open:
        with box:
            details(job)


def job_log(job: Job) -> None:
    """The last lines of its log, on demand."""
    if job.log:
        with st.popover("Log", icon=":material/receipt_long:", key=f"log_{job.id}"):
            st.code("\n".join(job.log), language=None)


def job_actions(job: Job, *, resume: str, remove: str) -> None:
    """Buttons to resume and to remove an ended job.

    Args:
        job: The job.
        resume: What resuming does, for people.
        remove: What removing does.
    """
    engine = resources.jobs()
    resumed = engine.can_resume(job) and st.button(
        "Resume", key=f"resume_{job.id}", icon=":material/resume:", help=resume
    )
    removed = st.button("Remove", key=f"remove_{job.id}", icon=":material/delete:", help=remove)
    if not resumed and not removed:
        return
    try:
        if removed:
            engine.remove(job.id)
        else:
            with progress_bar("Opening the data set") as progress:
                engine.resume(job.id, progress=progress)
    except LeukoscopeError as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.rerun()
