"""What all sessions share: the only place that caches, each cache with a bound."""

from dashboard.resources.audit import log_answers
from dashboard.resources.audits import data_sheet, effects, near_pairs, out_of_fold, shortcuts, suspects
from dashboard.resources.cells import dataset, is_measured, measures, sides, thumbnail
from dashboard.resources.curves import band
from dashboard.resources.engine import jobs
from dashboard.resources.history import comparison, comparisons, forget_comparison, side_by_side
from dashboard.resources.likeness import BY_MORPHOLOGY, cell_map, kept_map, network_scores, similar, unseen, vectors
from dashboard.resources.models import classifier, intervals, network
from dashboard.resources.shelves import forget

__all__ = [
    "BY_MORPHOLOGY",
    "band",
    "cell_map",
    "classifier",
    "comparison",
    "comparisons",
    "data_sheet",
    "dataset",
    "effects",
    "forget",
    "forget_comparison",
    "intervals",
    "is_measured",
    "jobs",
    "kept_map",
    "log_answers",
    "measures",
    "near_pairs",
    "network",
    "network_scores",
    "out_of_fold",
    "shortcuts",
    "side_by_side",
    "sides",
    "similar",
    "suspects",
    "thumbnail",
    "unseen",
    "vectors",
]
