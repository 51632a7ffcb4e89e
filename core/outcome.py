"""What a model card says of its validation and test cells: all of it follows from their scores."""

from collections.abc import Mapping
from dataclasses import replace

from core.calibration import calibration, reliability
from core.card import ModelCard
from core.evaluation import EvaluationReport


def tested(card: ModelCard, reports: Mapping[str, EvaluationReport]) -> ModelCard:
    """The card with its figures, calibration and subjects, at the operating point of the reports.

    Args:
        card: Of the model; it has its calibrator already.
        reports: Of the "validation" and the "test" cells, with one threshold.
    """
    test = reports["test"]
    (true_negative, false_positive), (false_negative, true_positive) = test.confusion_matrix().tolist()
    return replace(
        card,
        threshold=test.threshold,
        validation=reports["validation"].figures(),
        test=test.figures(),
        confusion_matrix=((true_negative, false_positive), (false_negative, true_positive)),
        calibration={
            side: {
                "before": calibration(report.truth, report.score),
                "after": calibration(report.truth, card.calibrator.probability(report.score)),
            }
            for side, report in reports.items()
        },
        reliability={
            "before": reliability(test.truth, test.score),
            "after": reliability(test.truth, card.calibrator.probability(test.score)),
        },
        by_subject=test.subjects(),
    )
