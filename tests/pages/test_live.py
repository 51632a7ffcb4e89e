"""A training as it runs, on the Train page: its line of progress, its curves, its place in the queue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.config import settings
from core.hyperparameters import TrainingConfig
from core.job import Job, State
from core.owner import this_process
from core.records import JobRecords
from core.training import TrainingEvent
from dashboard.components.live import duration
from tests.pages.conftest import Open, texts

EPOCH = {"loss": 0.7, "accuracy": 0.5, "auroc": 0.6, "val_loss": 0.8, "val_accuracy": 0.4, "val_auroc": 0.55}
POINT = {"share": 0.25, "loss": 0.6, "accuracy": 0.55, "auroc": 0.65}
JOB = Job("1", "training", "mine", state="running", config=TrainingConfig(epochs=4), log=("A line.",))
UNDER_WAY = TrainingEvent("training", 5, 20, 2, (EPOCH,), 123.4, (POINT,), 61)
CAPTION = "Dotted: the epoch under way"


def page_with(open_page: Open, folder: Path, *jobs: Job) -> AppTest:
    """The Train page with jobs that a server which lives has on record."""
    records = JobRecords(settings().database)
    for job in jobs:
        records.add(job, str(this_process()))
    return open_page("train", folder)


def lines(app: AppTest) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]


def charts(app: AppTest) -> list[str]:
    return [chart.proto.alt for chart in app.get("plotly_chart")]


@pytest.mark.parametrize(
    ("event", "expected", "value"),
    [
        (None, "Getting ready", 0),
        (TrainingEvent("reading", 1500, 3000), "Reading cells, 1,500 of 3,000", 50),
        (TrainingEvent("training", 0, 20, 1), "Epoch 1 of 4, 0 % done", 0),
        (UNDER_WAY, "Epoch 2 of 4, 25 % done · 123 images/s", 31),  # of four epochs one and a quarter
        (replace(UNDER_WAY, done=20), "Epoch 2 of 4, validation · 123 images/s", 50),
        (replace(UNDER_WAY, done=20, history=(EPOCH, EPOCH)), "Epoch 2 of 4 · 123 images/s", 50),
        (replace(UNDER_WAY, done=20, epoch=4, history=(EPOCH,) * 4), "Scoring the test subjects", 100),
        (TrainingEvent("testing", 0, 800, history=(EPOCH,)), "Scoring the test subjects, 0 of 800", 0),
    ],
)
def test_one_line_says_how_far_a_training_is_and_how_fast_it_goes(
    event: TrainingEvent | None, expected: str, value: int, open_page: Open, drawn_folder: Path
) -> None:
    started = (datetime.now(UTC) - timedelta(hours=2, minutes=10, seconds=30)).timestamp()
    app = page_with(open_page, drawn_folder, replace(JOB, event=event, started=started))
    left = " · at most 61 s left" if "images/s" in expected else ""
    assert lines(app) == [f"{expected} · 2 h 11 min so far{left}"]
    assert app.get("progress")[0].proto.value == value


def test_a_training_whose_hyperparameters_are_not_known_any_more_says_its_epoch(
    open_page: Open, drawn_folder: Path
) -> None:
    app = page_with(open_page, drawn_folder, replace(JOB, event=UNDER_WAY, config=None))
    assert lines(app)[0].startswith("Epoch 2, 25 % done")


def test_curves_are_shown_from_the_first_batches_on_and_say_in_words_what_they_show(
    open_page: Open, drawn_folder: Path
) -> None:
    later = JOB.created + timedelta(seconds=1)
    first = replace(JOB, event=replace(UNDER_WAY, epoch=1, history=()))
    second = replace(JOB, id="2", title="second", event=UNDER_WAY, created=later)
    app = page_with(open_page, drawn_folder, first, second)
    assert charts(app) == [
        "Line chart: Loss by epoch; after epoch 1: training 0.70, validation 0.80",
        "Line chart: Accuracy by epoch; after epoch 1: training 0.50, validation 0.40",
        "Line chart: ROC AUC by epoch; after epoch 1: training 0.60, validation 0.55",
        "Line chart: Loss by epoch",
        "Line chart: Accuracy by epoch",
        "Line chart: ROC AUC by epoch",
    ]
    assert texts(app, "caption").count(CAPTION) == 2


@pytest.mark.parametrize("state", ["cancelled", "failed", "lost"])
def test_a_training_that_was_cut_off_shows_its_finished_epochs_only(
    state: State, open_page: Open, drawn_folder: Path
) -> None:
    app = page_with(open_page, drawn_folder, replace(JOB, state=state, event=UNDER_WAY))
    assert (len(charts(app)), len(lines(app))) == (3, 0)
    assert CAPTION not in texts(app, "caption")


def test_a_training_from_before_the_training_area_was_kept_is_drawn(open_page: Open, drawn_folder: Path) -> None:
    old = {name: value for name, value in EPOCH.items() if name != "auroc"}
    app = page_with(open_page, drawn_folder, replace(JOB, state="lost", event=replace(UNDER_WAY, history=(old,))))
    assert charts(app)[2] == "Line chart: ROC AUC by epoch; after epoch 1: validation 0.55"


def test_one_that_waits_says_how_many_are_before_it(open_page: Open, drawn_folder: Path) -> None:
    def waits(number: int, queued: str) -> Job:
        return replace(JOB, id=str(number), title=f"number {number}", state="queued", log=(f"{queued} UTC  Queued.",))

    resumed = waits(2, "2026-11-25 12:00:03")  # made before the others, and queued again after them
    app = page_with(
        open_page,
        drawn_folder,
        replace(JOB, event=UNDER_WAY),
        *(
            replace(job, created=JOB.created + timedelta(seconds=int(job.id)))
            for job in (resumed, waits(3, "2026-11-25 12:00:01"), waits(4, "2026-11-25 12:00:02"))
        ),
        replace(JOB, id="5", kind="comparison", event=None, state="cancelling"),
    )
    assert lines(app)[:3] == [
        "2 jobs run now. 1 more is before this one.",
        "2 jobs run now. This one is next.",
        "2 jobs run now. 2 more are before this one.",
    ]


@pytest.mark.parametrize(("state", "expected"), [("running", [1.0, None]), ("done", [None])])
def test_the_page_refreshes_trainings_under_way_and_nothing_once_all_have_ended(
    state: State, expected: list[float | None], open_page: Open, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[float | None] = []
    fragment = st.fragment

    def noted(work: Callable[[], None] | None = None, *, run_every: float | None = None) -> Any:
        def called() -> None:
            shown.append(run_every)
            fragment(work, run_every=run_every)()

        return called if work is not None else lambda later: noted(later, run_every=run_every)

    monkeypatch.setattr(st, "fragment", noted)
    page_with(open_page, drawn_folder, replace(JOB, state=state, event=UNDER_WAY))
    assert shown == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3600, "60 min"),
        (5340, "89 min"),
        (5341, "1 h 30 min"),
        (7200, "2 h 0 min"),
    ],
)
def test_a_duration_is_said_in_seconds_minutes_or_hours_rounded_up(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
