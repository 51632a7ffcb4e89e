"""A training as it runs: its place in the queue, one line of progress, and its curves."""

import math
from collections.abc import Sequence

import streamlit as st

from core.figures import results as figures
from core.jobs import ENDED, Job
from core.training import TrainingEvent
from dashboard import resources
from dashboard.components.charts import chart


def progress(job: Job) -> None:
    """One line and a bar: how far a training is, how fast it goes, and how long it takes at most."""
    if job.state == "queued":
        st.progress(0.0, text=_place(job, resources.jobs().jobs()))
        return
    share, said = _so_far(job)
    st.progress(min(1.0, share), text=" · ".join(said))


def _so_far(job: Job) -> tuple[float, list[str]]:
    """The share that is done, and what there is to say of it."""
    event, epochs = job.event, job.config.epochs if job.config else 0
    elapsed = f"{duration(job.elapsed)} so far"
    if event is None:
        return 0.0, ["Getting ready", elapsed]
    share = event.done / event.total if event.total else 0.0
    if event.stage != "training":
        what = "Reading cells" if event.stage == "reading" else "Scoring the test subjects"
        return share, [f"{what}, {event.done:,} of {event.total:,}", elapsed]
    if len(event.history) == epochs > 0:
        return 1.0, ["Scoring the test subjects", elapsed]
    what = f"Epoch {event.epoch} of {epochs}" if epochs else f"Epoch {event.epoch}"
    if event.epoch > len(event.history):
        what += ", validation" if event.done == event.total else f", {math.floor(100 * share)} % done"
    rate = [f"{event.images_per_second:.0f} images/s"] if event.images_per_second else []
    left = [f"at most {duration(event.seconds_left)} left"] if event.seconds_left else []
    return (event.epoch - 1 + share) / epochs if epochs else share, [what, *rate, elapsed, *left]


def _place(job: Job, jobs: Sequence[Job]) -> str:
    """Where a job stands in the queue, in which trainings and comparisons wait alike."""

    def since(one: Job) -> tuple[str, str]:
        return one.log[-1] if one.log else "", one.id  # its last line has the time at which it was queued

    running = sum(one.state in ("running", "cancelling") for one in jobs)
    before = sum(one.state == "queued" and since(one) < since(job) for one in jobs)
    waits = {0: "This one is next.", 1: "1 more is before this one."}.get(before, f"{before} more are before this one.")
    return f"{running} {'job runs' if running == 1 else 'jobs run'} now. {waits}" if running else waits


def duration(seconds: float) -> str:
    """A time in words: seconds up to a minute and a half, then minutes, then hours; rounded up."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def curves(job: Job) -> None:
    """Loss, accuracy and area by epoch, those of an epoch under way with them; nothing before there are any."""
    if job.event is None:
        return
    event, running = job.event, job.event.running if job.state not in ENDED else ()
    if not event.history and not running:
        return
    charts = (("loss", "Loss"), ("accuracy", "Accuracy"), ("auroc", "ROC AUC"))
    for place, (metric, title) in zip(st.columns(3), charts, strict=True):
        with place:
            chart(
                figures.training_curves(event.history, metric=metric, title=title, running=running),
                key=f"{metric}_{job.id}",
                alt=_in_words(event, metric, title),
            )
    if running:
        st.caption("Dotted: the epoch under way, on the training cells so far.")


def _in_words(event: TrainingEvent, metric: str, title: str) -> str:
    last = event.history[-1] if event.history else {}
    sides = (("training", metric), ("validation", f"val_{metric}"))
    known = ", ".join(f"{side} {last[name]:.2f}" for side, name in sides if name in last)
    return f"Line chart: {title} by epoch" + (f"; after epoch {len(event.history)}: {known}" if known else "")
