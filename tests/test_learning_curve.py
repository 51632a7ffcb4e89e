"""The learning curve: the same test subjects, more and more training subjects."""

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from core.card import RESEARCH_NOTICE
from core.data.dataset import CellDataset
from core.evaluation import EvaluationReport
from core.hyperparameters import TrainingConfig
from core.learning_curve import Gain, LearningCurve, learning_curve, trials
from core.recipe import Recipe
from core.trial import Trial, TrialOutcome

CLASSES = ("HEM", "ALL")
RECIPE = Recipe(TrainingConfig(), CLASSES, "C-NMC", "ab", "subject")
SHARES = (0.5, 1.0)
PERFECT, CHANCE = [0.1, 0.1, 0.1, 0.9, 0.9, 0.9], [0.5] * 6


def outcome(share: float, scores: list[float], *, seed: int = 0, subjects: int | None = None) -> TrialOutcome:
    """Three healthy, then three leukemic subjects of one cell each."""
    cells = pd.DataFrame({"path": list("abcdef"), "subject": list("123456"), "positive": [False] * 3 + [True] * 3})
    report = EvaluationReport(cells.assign(score=scores), CLASSES, 0.5)
    number = subjects if subjects is not None else int(40 * share)
    trial = Trial(
        f"{number} training subjects",
        share=share,
        seed=seed,
        subjects={"train": number, "validation": 4, "test": 6},
        cells={"train": 10 * number, "validation": 4, "test": 6},
        test=report.figures(),
    )
    return TrialOutcome(trial, report)


def test_a_level_has_the_mean_of_its_trainings_and_an_interval_over_subjects() -> None:
    found = learning_curve(RECIPE, [outcome(1.0, PERFECT), outcome(1.0, CHANCE, seed=1)], shares=(1.0,), repetitions=2)
    (level,) = found.levels
    assert (level.subjects, level.cells, level.areas) == (40, 400, (1.0, 0.5))
    assert level.roc_auc == 0.75
    assert level.interval == (0.75, 0.75)  # both areas are the same in every resampling
    assert found.gain is None
    assert found.table()["sd"].tolist() == [pytest.approx(0.5 / np.sqrt(2))]


def test_a_gain_that_holds_in_every_resampling_is_still_rising() -> None:
    found = learning_curve(RECIPE, [outcome(1.0, PERFECT), outcome(0.5, CHANCE)], shares=SHARES, repetitions=1)
    assert found.gain == Gain(20, 40, 0.5, (0.5, 0.5))
    assert found.sentence == (
        "From 20 to 40 training subjects: ROC AUC +0.500 (95 % interval +0.500 to +0.500); still rising, so more "
        "subjects should help. No edits were applied."
    )
    assert [level.share for level in found.levels] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((0.01, 0.05), "still rising, so more subjects should help."),
        ((-0.01, 0.05), "levelled off within the spread, so more subjects may help little."),
        ((-0.05, -0.01), "falling, so look at the subjects that were added last."),
        (None, "on too few test subjects to say whether more subjects would help."),
    ],
)
def test_the_interval_decides_what_is_said(interval: tuple[float, float] | None, words: str) -> None:
    said = Gain(22, 44, 0.031, interval).sentence
    assert said.startswith("From 22 to 44 training subjects: ROC AUC +0.031")
    assert said.endswith(words)


def test_the_gain_is_counted_from_the_level_nearest_to_half() -> None:
    ended = [outcome(share, CHANCE) for share in (1.0, 0.75, 0.5, 0.25)]
    found = learning_curve(RECIPE, ended, shares=(0.25, 0.5, 0.75, 1.0), repetitions=1)
    assert found.gain == Gain(20, 40, 0.0, (0.0, 0.0))
    assert "levelled off" in found.sentence


def test_without_the_highest_share_nothing_is_said_of_more_subjects() -> None:
    found = learning_curve(RECIPE, [outcome(0.5, PERFECT)], shares=SHARES, repetitions=1)
    assert found.gain is None
    assert found.sentence.startswith("Not enough has been tested to say whether more subjects would help.")
    assert found.stamps == ("1 of 2 trainings",)


def test_too_few_test_subjects_give_no_interval() -> None:
    few = outcome(1.0, PERFECT)
    assert few.report is not None
    short = TrialOutcome(few.trial, replace(few.report, cells=few.report.cells.iloc[1:]))
    (level,) = learning_curve(RECIPE, [short], shares=(1.0,), repetitions=1).levels
    assert level.interval is None
    assert learning_curve(RECIPE, [short], shares=(1.0,), repetitions=1).table()["low"].isna().all()


def test_a_failed_training_is_a_row_with_its_reason() -> None:
    failed = TrialOutcome(Trial("20 training subjects", share=0.5, problem="Expected memory."))
    found = learning_curve(RECIPE, [outcome(1.0, PERFECT), failed], shares=SHARES, repetitions=1)
    assert found.failed == (failed.trial,)
    rows = found.export()
    assert rows["problem"].tolist() == ["", "Expected memory."]
    assert rows["roc_auc"].isna().tolist() == [False, True]
    assert set(rows["stamp"]) == {"1 of 2 trainings"}
    assert set(rows["note"]) == {RESEARCH_NOTICE}


def test_it_is_read_back_from_json() -> None:
    found = learning_curve(RECIPE, [outcome(1.0, PERFECT), outcome(0.5, CHANCE)], shares=SHARES, repetitions=1)
    assert LearningCurve.read(json.loads(json.dumps(asdict(found)))) == found
    empty = learning_curve(RECIPE, [], shares=SHARES, repetitions=3)
    assert LearningCurve.read(json.loads(json.dumps(asdict(empty)))) == empty
    assert empty.count == 6


def test_trials_test_the_same_subjects_and_the_largest_goes_first(drawn: CellDataset) -> None:
    plans = trials(drawn, TrainingConfig(seed=5, subjects_share=0.5), shares=(0.5, 1.0), repetitions=2).plans
    assert len({plan.sides.units("test") for plan in plans}) == 1
    assert [(plan.sides.share, plan.config.subjects_share, plan.config.seed) for plan in plans] == [
        (1.0, 1.0, 5),
        (1.0, 1.0, 6),
        (0.5, 0.5, 5),
        (0.5, 0.5, 6),
    ]
    sizes = [len(plan.sides.units("train")) for plan in plans]
    assert sizes[0] == sizes[1] > sizes[2] == sizes[3]
    assert plans[1].title == f"{sizes[1]} training subjects, repetition 2"


@pytest.mark.parametrize(("shares", "repetitions"), [((), 1), ((1.0,), 0)])
def test_nothing_to_train_is_refused(drawn: CellDataset, shares: tuple[float, ...], repetitions: int) -> None:
    with pytest.raises(ValueError, match=r"^Expected at least one share and one repetition\. Received: "):
        trials(drawn, TrainingConfig(), shares=shares, repetitions=repetitions)


def test_a_share_out_of_range_is_refused(drawn: CellDataset) -> None:
    with pytest.raises(ValueError, match=r"^Expected a share of subjects in \(0, 1\]\. Received: 1\.5\.$"):
        trials(drawn, TrainingConfig(), shares=(1.5,))
