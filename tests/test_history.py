"""Comparisons that are kept: what is read back is what was written."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, select, update

from core.compare import combine
from core.comparison import Comparison
from core.database import ComparisonRow, opened
from core.errors import DataError, JobError
from core.estimators import AREA_ONLY, MAJORITY
from core.history import Best, Entry, History
from core.protocol import Plan
from tests.test_assessment import DATASET
from tests.test_comparison import assessments

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    plan = Plan(("RidgeClassifier",))
    return combine(DATASET, plan, assessments(plan))


def test_what_is_read_back_is_what_was_written(database_url: str, comparison: Comparison) -> None:
    History(database_url).add("1", comparison, title="1 model on shape", who="local", created=NOON)
    again = History(database_url).read("1")
    assert again.to_json() == comparison.to_json()


def test_an_entry_says_when_of_what_and_how(database_url: str, comparison: Comparison) -> None:
    history = History(database_url)
    history.add("1", comparison, title="1 model on shape", who="local", created=NOON)
    (entry,) = history.all()
    assert entry == Entry(
        id="1",
        created=NOON,
        who="local",
        title="1 model on shape",
        origin="by hand",
        data_fingerprint=DATASET.fingerprint(),
        split_by="subject",
        protocol="fixed",
        features="morphology",
        seed=0,
        models=("RidgeClassifier", MAJORITY, AREA_ONLY),
        versions=dict(comparison.versions),
        best=Best("RidgeClassifier", 1.0, None),  # as good as the area, on too few persons for an interval
        sha256=hashlib.sha256(comparison.to_json().encode()).hexdigest(),
    )
    assert entry.summary == "2026-11-26 12:00 UTC · One split by subject · Shape and texture · by hand · 1 model"


def test_drawn_cells_and_a_missing_split_by_subject_stand_in_the_summary(
    database_url: str, comparison: Comparison
) -> None:
    history = History(database_url)
    history.add("1", replace(comparison, origin="drawn, seed 0", split_by="cell"), title="", who="", created=NOON)
    (entry,) = history.all()
    assert entry.stamps == ("drawn cells", "not by subject")
    assert entry.summary.endswith(" · drawn, seed 0 · 1 model · drawn cells · not by subject")


def test_features_that_this_version_does_not_know_are_shown_by_their_name() -> None:
    models = ("SVC", "tiny")
    entry = Entry("1", NOON, "", "", "C-NMC", "", "subject", "leave one out", "shapes", 0, models, {}, None, "")
    assert entry.summary == "2026-11-26 12:00 UTC · leave one out · shapes · C-NMC · 2 models"


def test_the_newest_comes_first_and_without_a_time_it_is_now(database_url: str, comparison: Comparison) -> None:
    history = History(database_url)
    before = datetime.now(UTC)
    for number, created in enumerate((before - timedelta(days=2), None, before - timedelta(days=1))):
        history.add(str(number), comparison, title="", who="local", created=created)
    found = history.all()
    assert [entry.id for entry in found] == ["1", "2", "0"]
    assert before <= found[0].created <= datetime.now(UTC)


def test_an_earlier_one_of_the_same_id_is_replaced(database_url: str, comparison: Comparison) -> None:
    history = History(database_url)
    history.add("1", comparison, title="first", who="local")
    (before,) = history.all()
    history.add("1", replace(comparison, edits={"excluded": 3}), title="x" * 201, who="local")
    (after,) = history.all()
    assert after.title == "x" * 200
    assert after.sha256 != before.sha256
    assert history.read("1").edits == {"excluded": 3}


def test_one_that_is_forgotten_leaves_the_others(database_url: str, comparison: Comparison) -> None:
    history = History(database_url)
    for name in ("1", "2"):
        history.add(name, comparison, title=name, who="local")
    history.remove("1")
    history.remove("none of this id")
    assert [entry.id for entry in history.all()] == ["2"]
    with pytest.raises(DataError, match=r"^Expected the id of a comparison that is kept\. Received: 1\.$"):
        history.read("1")


def test_the_best_is_one_that_was_tested_on_all_cells(database_url: str) -> None:
    """Of three folds, the area was tested on one only, and is right each time there."""
    plan = Plan(("RidgeClassifier",), protocol="folds", folds=3)
    done = [found for found in assessments(plan) if found.model != AREA_ONLY or found.fold == 0]
    comparison = combine(DATASET, plan, done)
    assert comparison.row(AREA_ONLY).figures["roc_auc"] == 1
    history = History(database_url)
    history.add("1", comparison, title="", who="local")
    (entry,) = history.all()
    assert entry.best is not None
    ridge = comparison.row("RidgeClassifier")
    assert ridge.intervals["roc_auc"] is not None
    assert entry.best == Best("RidgeClassifier", ridge.figures["roc_auc"], ridge.intervals["roc_auc"])


def test_where_nothing_was_tested_there_is_no_best(database_url: str) -> None:
    history = History(database_url)
    history.add("1", combine(DATASET, Plan(("RidgeClassifier",)), []), title="", who="local")
    assert history.all()[0].best is None
    assert history.read("1").reports() == {}


@pytest.mark.parametrize("damage", [lambda document: document[:-9], lambda document: b"no document"])
def test_a_damaged_one_is_refused_and_still_listed(
    damage: Callable[[bytes], bytes], database_url: str, comparison: Comparison
) -> None:
    history = History(database_url)
    history.add("1", comparison, title="", who="local")
    with opened(database_url).begin() as connection:
        document = connection.execute(select(ComparisonRow.document)).scalar_one()
        connection.execute(update(ComparisonRow).values(document=damage(document)))
    with pytest.raises(DataError, match=r"^Expected a comparison\. Received: a damaged one"):
        history.read("1")
    assert len(history.all()) == 1


def test_a_database_that_does_not_answer_is_said_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(database_url)
    elsewhere: Engine = create_engine("sqlite://")  # without any table
    monkeypatch.setattr(history, "_engine", elsewhere)
    with pytest.raises(JobError, match=r"^Expected a database of comparisons that answers\. Received: no such table"):
        history.all()
