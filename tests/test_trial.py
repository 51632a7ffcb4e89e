"""One training of several: what it leaves, and how it is found again."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import CellDataset
from core.data.split import folds, smaller
from core.errors import DataError
from core.hyperparameters import TrainingConfig
from core.training import TrainingEvent
from core.trial import FILE, Trial, TrialOutcome, TrialPlan, finished, prepare, tried

CONFIG = TrainingConfig(epochs=1, image_size=48, batch_size=16, seed=3)


@pytest.fixture(scope="module")
def plans(drawn: CellDataset) -> tuple[TrialPlan, ...]:
    return tuple(
        TrialPlan(f"Fold {number}", CONFIG, side) for number, side in enumerate(folds(drawn, count=3, seed=3), 1)
    )


@pytest.fixture(scope="module")
def outcome(drawn: CellDataset, plans: tuple[TrialPlan, ...], tmp_path_factory: pytest.TempPathFactory) -> TrialOutcome:
    """The first fold; its folder is `place`."""
    return tried(drawn, plans[0], folder=tmp_path_factory.getbasetemp() / "trial")


def test_a_trial_is_tested_on_its_own_side_at_its_own_operating_point(
    outcome: TrialOutcome, drawn: CellDataset, plans: tuple[TrialPlan, ...]
) -> None:
    trial, report, sides = outcome.trial, outcome.report, plans[0].sides
    assert report is not None
    assert set(report.cells["path"]) == set(sides.cells(drawn, "test")["path"])
    assert (trial.title, trial.seed, trial.share, trial.epochs, trial.problem) == ("Fold 1", 3, 1.0, 1, "")
    assert trial.test == report.figures()
    assert trial.threshold == report.threshold
    assert np.array(trial.confusion_matrix).tolist() == report.confusion_matrix().tolist()
    assert trial.subjects == {side: len(sides.units(side)) for side in ("train", "validation", "test")}
    assert sum(trial.cells.values()) == len(drawn.labelled)
    assert 0 <= trial.validation["roc_auc"] <= 1
    assert trial.seconds > 0


def test_a_finished_trial_is_found_again_with_the_same_scores(
    outcome: TrialOutcome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = finished(tmp_path_factory.getbasetemp() / "trial")
    assert found is not None
    assert found.trial == outcome.trial
    assert found.report is not None
    assert outcome.report is not None
    np.testing.assert_array_equal(found.report.score, outcome.report.score)
    assert found.report.cells["path"].tolist() == outcome.report.cells["path"].tolist()
    assert found.report.figures() == outcome.report.figures()


def test_an_unfinished_or_damaged_trial_is_not(tmp_path: Path) -> None:
    assert finished(tmp_path) is None
    (tmp_path / FILE).write_text('{"trial": {"title": "Fold 1"')
    assert finished(tmp_path) is None


def test_an_outcome_of_another_version_is_refused() -> None:
    with pytest.raises(DataError, match=r"^Expected the outcome of a trial\. Received: a damaged one"):
        TrialOutcome.from_json(json.dumps({"trial": {**asdict(Trial("Fold 1")), "unheard of": 1}}))


def test_a_failed_trial_is_read_back_without_a_report() -> None:
    failed = TrialOutcome(Trial("Fold 1", problem="Expected memory."))
    found = TrialOutcome.from_json(failed.to_json())
    assert (found.trial, found.report) == (failed.trial, None)


def test_prepared_pixels_are_those_that_each_trial_reads(
    drawn: CellDataset, plans: tuple[TrialPlan, ...], tmp_path: Path
) -> None:
    steps: list[tuple[int, int]] = []
    prepare(drawn, plans, cache=tmp_path, progress=lambda done, total, _: steps.append((done, total)))
    (made,) = (tmp_path / "pixels").glob("*.npy")
    assert steps[-1] == (72, 72)
    before = made.stat().st_mtime_ns
    heard: list[TrainingEvent] = []

    class Enough(Exception):
        pass

    def stop(event: TrainingEvent) -> None:
        heard.append(event)
        if event.stage == "training":
            raise Enough

    with pytest.raises(Enough):
        tried(drawn, plans[1], listener=stop, cache=tmp_path)
    assert [(event.done, event.total) for event in heard if event.stage == "reading"] == [(72, 72)]
    fewer = smaller(drawn, plans[1].sides, share=0.5, seed=3)
    assert fewer.reduced
    with pytest.raises(Enough):
        tried(drawn, replace(plans[1], sides=fewer), listener=stop, cache=tmp_path)
    assert list((tmp_path / "pixels").glob("*.npy")) == [made]
    assert made.stat().st_mtime_ns >= before
    whole = tried(drawn, replace(plans[1], sides=fewer), cache=tmp_path)
    assert whole.report is not None
    assert len(whole.report.cells) == whole.trial.cells["test"] == len(fewer.cells(drawn, "test"))


def test_corners_keep_both_ends_of_a_long_curve(outcome: TrialOutcome) -> None:
    report = outcome.report
    assert report is not None
    rng = np.random.default_rng(0)
    long = replace(report, cells=report.cells.sample(5000, replace=True, random_state=0).assign(score=rng.random(5000)))
    found = long.roc_corners()
    assert len(found) <= 200
    assert (found[0], found[-1]) == ((0.0, 0.0), (1.0, 1.0))
