"""Two models on the same cells: counted by hand, resampled, and refused where it would be unfair."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import store
from core.champion import challenged, compare_with, unfit
from core.classical_training import ClassicalResult
from core.data.dataset import CellDataset
from core.errors import Cancelled
from core.evaluation import EvaluationReport
from core.training import TrainingResult
from core.types import FloatArray, IntArray

CLASSES = ("HEM", "ALL")
CONTENT = "ab" * 32
Keep = Callable[..., Path]


def evaluation(truth: list[int], score: list[float], subjects: Sequence[str] = "") -> EvaluationReport:
    cells = pd.DataFrame(
        {
            "path": [f"{number}.bmp" for number in range(len(truth))],
            "subject": list(subjects) or [""] * len(truth),
            "positive": np.array(truth, dtype=bool),
            "score": score,
        }
    )
    return EvaluationReport(cells, CLASSES, 0.5)


def random_scores(seed: int, cells: int = 60) -> tuple[IntArray, FloatArray, FloatArray]:
    """Two correlated models, rounded so that some scores are equal."""
    rng = np.random.default_rng(seed)
    truth = np.arange(cells) % 3 // 2
    first = rng.normal(truth, 1)
    return truth, first.round(1), (first + rng.normal(0, 0.7, cells)).round(1)


def test_mcnemar_counts_the_cells_that_one_model_alone_calls_right() -> None:
    truth = [1] * 6 + [0] * 6
    new = [0.9] * 6 + [0.1] * 6
    old = [0.1] * 5 + [0.9] + [0.1] * 6
    found = compare_with(evaluation(truth, new), evaluation(truth, old))
    assert (found.only_new_right, found.only_champion_right) == (5, 0)
    assert found.mcnemar_p == pytest.approx(2 * 0.5**5)
    back = compare_with(evaluation(truth, old), evaluation(truth, new))
    assert (back.only_new_right, back.only_champion_right, back.mcnemar_p) == (0, 5, found.mcnemar_p)
    assert back.difference == -found.difference


def test_a_model_against_itself_differs_by_nothing() -> None:
    truth, first, _ = random_scores(0)
    same = evaluation(list(truth), list(first), "abcdefghijkl" * 5)
    found = compare_with(same, same)
    assert (found.difference, found.interval, found.delong_p, found.mcnemar_p) == (0.0, (0.0, 0.0), 1.0, 1.0)
    assert "No difference" in found.sentence


def test_a_sure_difference_without_spread_has_a_p_value_of_zero() -> None:
    truth = [0, 0, 1, 1]
    found = compare_with(evaluation(truth, [0.1, 0.2, 0.8, 0.9]), evaluation(truth, [0.9, 0.8, 0.2, 0.1]))
    assert (found.difference, found.delong_p) == (1.0, 0.0)


@pytest.mark.parametrize("subjects", ["abcddd", "abcdee", "aabcde"])
def test_with_fewer_than_three_subjects_of_a_class_nothing_is_claimed(subjects: str) -> None:
    truth = [0, 0, 0, 1, 1, 1]
    found = compare_with(
        evaluation(truth, [0.1, 0.1, 0.1, 0.9, 0.9, 0.9], subjects),
        evaluation(truth, [0.9, 0.9, 0.9, 0.1, 0.1, 0.1], subjects),
    )
    assert (found.difference, found.interval) == (1.0, None)
    assert "on too few test subjects for an interval" in found.sentence


def test_cells_without_subjects_stand_for_themselves() -> None:
    truth, first, second = random_scores(2)
    reports = [evaluation(list(truth), list(score)) for score in (first, second)]
    named = [evaluation(list(truth), list(score), [f"s{cell}" for cell in range(60)]) for score in (first, second)]
    found, of_named = compare_with(*reports), compare_with(*named)
    assert (found.subjects, of_named.subjects) == (0, 60)
    assert found.interval == of_named.interval


def test_the_champion_keeps_its_figures_and_its_curve() -> None:
    truth, first, second = random_scores(3, cells=2000)
    old = evaluation(list(truth), list(second))
    found = compare_with(evaluation(list(truth), list(first)), old)
    assert found.figures == old.figures()
    assert len(found.roc) <= 200
    assert (found.roc[0], found.roc[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert set(found.roc) <= set(zip(*old.roc_curve(), strict=True))


@pytest.mark.parametrize(
    "other",
    [
        evaluation([0, 1], [0.5, 0.5]),
        evaluation([0, 1, 0], [0.5, 0.5, 0.5]),
        replace(
            evaluation([0, 1, 1], [0.5] * 3),
            cells=evaluation([0, 1, 1], [0.5] * 3).cells.assign(path=["0.bmp", "2.bmp", "1.bmp"]),
        ),
    ],
    ids=["fewer", "other labels", "another order"],
)
def test_reports_on_other_cells_are_refused(other: EvaluationReport) -> None:
    with pytest.raises(ValueError, match=r"^Expected two reports on the same cells\."):
        compare_with(evaluation([0, 1, 1], [0.1, 0.2, 0.3]), other)


@pytest.fixture
def keep(trained: TrainingResult, tmp_path: Path) -> Keep:
    """Store the small network under a name, with another card."""

    def kept(name: str, **changes: Any) -> Path:
        card = replace(trained.classifier.card, name=name, **changes)
        store.save(replace(trained.classifier, card=card), tmp_path / "models")
        return tmp_path / "models"

    return kept


def stood(trained: TrainingResult, drawn: CellDataset, folder: Path, **options: Any) -> Any:
    found = challenged(trained.classifier, trained.report, drawn, store_folder=folder, **options)
    assert replace(found.card, challenge=None) == trained.classifier.card
    return found.card.challenge


def test_without_another_model_there_is_nothing_to_compare_with(
    trained: TrainingResult, drawn: CellDataset, tmp_path: Path
) -> None:
    found = stood(trained, drawn, tmp_path / "missing")
    assert (found.champion, found.sentence) == ("", "No comparison: there is no other model yet.")


def test_the_same_network_is_as_good_as_itself(trained: TrainingResult, drawn: CellDataset, keep: Keep) -> None:
    found = stood(trained, drawn, keep("twin"))
    assert (found.champion, found.title, found.problem) == ("twin", "twin (drawn cells)", "")
    assert found.figures == pytest.approx(trained.classifier.card.test)
    assert (found.only_new_right, found.only_champion_right) == (0, 0)
    assert found.difference == pytest.approx(0, abs=1e-9)
    assert "No difference to twin (drawn cells) can be claimed" in found.sentence


def test_a_scikit_learn_model_can_be_the_champion(
    trained: TrainingResult, fitted: ClassicalResult, drawn: CellDataset, tmp_path: Path
) -> None:
    store.save(fitted.model, tmp_path)
    found = stood(trained, drawn, tmp_path)
    assert (found.champion, found.problem) == ("svc", "")
    assert found.figures == pytest.approx(fitted.model.card.test)


def test_the_default_is_the_champion_even_where_another_model_is_better(
    trained: TrainingResult, drawn: CellDataset, keep: Keep
) -> None:
    keep("better", test={"roc_auc": 0.99})
    folder = keep("chosen", test={"roc_auc": 0.6})
    store.make_default(folder, "chosen")
    assert stood(trained, drawn, folder).champion == "chosen"


def test_the_model_that_a_training_started_from_is_the_champion_even_where_another_is_the_default(
    trained: TrainingResult, drawn: CellDataset, keep: Keep
) -> None:
    keep("chosen", test={"roc_auc": 0.99})
    folder = keep("old", test={"roc_auc": 0.6})
    store.make_default(folder, "chosen")
    card = trained.classifier.card
    config = replace(card.config, start_from="old")
    new = replace(trained.classifier, card=replace(card, config=config))
    found = challenged(new, trained.report, drawn, store_folder=folder).card.challenge
    assert found is not None
    assert (found.champion, found.problem) == ("old", "")
    unknown = replace(new, card=replace(card, config=replace(config, start_from="gone")))
    found = challenged(unknown, trained.report, drawn, store_folder=folder).card.challenge
    assert found is not None
    assert found.champion == "chosen"


def test_without_a_default_the_best_model_of_the_same_origin_is_the_champion(
    trained: TrainingResult, drawn: CellDataset, keep: Keep
) -> None:
    keep("foreign", test={"roc_auc": 0.99}, origin="C-NMC")
    keep("unknown", test={"roc_auc": float("nan")})
    keep("good", test={"roc_auc": 0.8})
    folder = keep("poor", test={"roc_auc": 0.6})
    assert stood(trained, drawn, folder).champion == "good"


def test_a_champion_that_was_trained_on_test_subjects_is_passed_over_or_named(
    trained: TrainingResult, drawn: CellDataset, keep: Keep
) -> None:
    test = trained.classifier.card.subjects["test"]
    folder = keep("demo", subjects={"train": test, "validation": (), "test": ()})
    assert stood(trained, drawn, folder).sentence == (
        f"No comparison with demo: It was trained on {len(test)} of the test subjects, "
        "so its figures would be too good."
    )
    keep("fair")
    assert stood(trained, drawn, folder).champion == "fair"


def test_a_damaged_champion_is_named(trained: TrainingResult, drawn: CellDataset, keep: Keep) -> None:
    folder = keep("torn")
    (folder / "torn" / store.WEIGHTS).write_bytes(b"other")
    assert stood(trained, drawn, folder).problem.endswith("Received: a missing or changed file.")


def test_the_challenge_can_be_cancelled(trained: TrainingResult, drawn: CellDataset, keep: Keep) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        stood(trained, drawn, keep("twin"), progress=cancel)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"classes": ("benign", "malignant")}, "Expected classes HEM and ALL. Received: benign and malignant."),
        ({"split_by": "cell"}, "Expected a model split by subject. Received: one split by cell."),
        ({"subjects": {"train": ("7",), "validation": ("8",), "test": ()}}, "It was trained on 2 of the test subjects"),
        ({"subjects": {"train": ("7",), "validation": (), "test": ()}, "origin": "C-NMC"}, ""),
        (
            {"subjects": {"train": (CONTENT,), "validation": (), "test": ()}, "origin": "C-NMC", "split_by": "cell"},
            "It was trained on 1 of the test cells",
        ),
    ],
    ids=["fair", "other classes", "other split", "its own subjects", "equal ids elsewhere", "its own cells"],
)
def test_an_unfair_comparison_has_a_reason(changes: dict[str, Any], reason: str, trained: TrainingResult) -> None:
    card = replace(
        trained.classifier.card, **{"subjects": {"train": ("1",), "validation": ("2",), "test": ("7",)}, **changes}
    )
    found = unfit(
        card,
        classes=CLASSES,
        origin=trained.classifier.card.origin,
        split_by="subject",
        subjects=("7", "8"),
        hashes={CONTENT, "cd" * 32},
    )
    assert found.startswith(reason)
    assert bool(found) == bool(reason)
