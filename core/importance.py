"""Permutation importance: how much worse a classical model ranks cells where one kind of number is shuffled."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.classical import scores
from core.data.morphology import MORPHOLOGY
from core.evaluation import roc_auc
from core.features.blocks import Block
from core.pipeline_card import Importance
from core.types import FloatArray, IntArray

_REPEATS = 5
_MOST_CELLS = 400  # shuffling costs a scoring of all cells each time
_MOST = 15


def importance(
    pipeline: Any,  # noqa: ANN401  # scikit-learn carries no types
    blocks: Sequence[Block],
    values: FloatArray,
    truth: IntArray,
    *,
    seed: int,
) -> tuple[Importance, ...]:
    """Fall of the ROC AUC where the numbers of a group are shuffled among cells, all of the group in the same way.

    Numbers that say nearly the same share their importance: the model can do without either.

    Args:
        pipeline: Fitted.
        blocks: What the columns of `values` are.
        values: Of cells that the pipeline was not fitted on, (cells, numbers).
        truth: 1 for a positive cell, (cells,).
        seed: Of the shuffling, and of the choice of 400 cells where there are more.

    Returns:
        The 15 largest falls, the largest first; none with cells of one class alone.

    Source:
        Breiman 2001, Random forests, section 10, doi 10.1023/A:1010933404324, as implemented by scikit-learn.
    """
    from sklearn.inspection import permutation_importance

    if len(values) > _MOST_CELLS:
        rows = np.sort(np.random.default_rng(seed).permutation(len(values))[:_MOST_CELLS])
        values, truth = values[rows], truth[rows]
    if len(np.unique(truth)) < 2:
        return ()
    named = groups(blocks)
    columns = list(named.values())

    def ranking(model: Any, rows: IntArray, labels: IntArray) -> float:  # noqa: ANN401
        shuffled = values.copy()
        for group, taken in zip(columns, rows.T, strict=True):
            shuffled[:, group] = values[taken][:, group]
        return roc_auc(labels, scores(model, shuffled))

    # one column a group, which says whose numbers each cell has: what is shuffled there is shuffled for the whole group
    own = np.tile(np.arange(len(values))[:, np.newaxis], (1, len(columns)))
    with threadpool_limits(1):
        found = permutation_importance(
            pipeline, own, truth, scoring=ranking, n_repeats=_REPEATS, random_state=seed, n_jobs=1
        )
    falls = zip(named, found.importances_mean.tolist(), found.importances_std.tolist(), strict=True)
    return tuple(sorted((Importance(*fall) for fall in falls), key=lambda each: -each.fall)[:_MOST])


def groups(blocks: Sequence[Block]) -> dict[str, list[int]]:
    """Columns that are shuffled together, by a name for people.

    These are the pixels of an image, and numbers that differ in their number alone, such as the bins of a histogram.
    """
    found: dict[str, list[int]] = {}
    column = 0
    for block in blocks:
        for name in block.columns:
            found.setdefault(_title(block, name), []).append(column)
            column += 1
    return found


def _title(block: Block, column: str) -> str:
    if block.components:
        return block.title
    if column in MORPHOLOGY:
        return MORPHOLOGY[column]
    stem = column.rstrip("0123456789").rstrip()
    return f"Histogram of {stem}" if block.name == "colours" else _TEXTURES.get(stem, stem.capitalize())


_TEXTURES = {"local pattern": "Local patterns", "ring": "Brightness from rim to centre"}
