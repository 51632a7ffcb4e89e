"""What all sessions share: the only place that caches, each cache with a bound."""

from dashboard.resources.audit import log_answers, log_export
from dashboard.resources.audits import data_sheet, effects, near_pairs, out_of_fold, shortcuts, suspects
from dashboard.resources.cases import case_of_batch, cases, kept_case
from dashboard.resources.cells import dataset, is_measured, measures, sides, thumbnail
from dashboard.resources.curves import band
from dashboard.resources.engine import jobs
from dashboard.resources.history import comparison, comparisons, forget_comparison, side_by_side
from dashboard.resources.likeness import BY_MORPHOLOGY, cell_map, kept_map, network_scores, similar, unseen, vectors
from dashboard.resources.maps import agreements_of, checks_of, maps_of
from dashboard.resources.models import card_of, classifier, classifier_of, intervals, network
from dashboard.resources.shelves import forget

__all__ = [
    "BY_MORPHOLOGY",
    "agreements_of",
    "band",
    "card_of",
    "case_of_batch",
    "cases",
    "cell_map",
    "checks_of",
    "classifier",
    "classifier_of",
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
    "kept_case",
    "kept_map",
    "log_answers",
    "log_export",
    "maps_of",
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
