"""Two mean AUROCs over the same splits, and the interval of their difference over resampled persons."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from core.types import FloatArray, IntArray

DRAWS = 2000


class Pairs(NamedTuple):
    """Pairs of a positive and a negative cell in one test, by the persons they are of.

    Attributes:
        right: Pairs that are scored in the right order, (persons, persons), positive by negative; a tie is half right.
        total: All pairs, the same shape.
    """

    right: FloatArray
    total: FloatArray


def pairs(score: FloatArray, truth: IntArray, person: pd.Series, people: pd.Series) -> Pairs:
    """Count the pairs of tested cells.

    Args:
        score: (cells,).
        truth: 1 for a positive cell, 0 for a negative one, (cells,).
        person: Whose cell each is, (cells,).
        people: The persons of all cells, tested or not, so that every test counts the same ones.
    """
    member = (person.to_numpy()[:, np.newaxis] == sorted(set(people))).astype(float)
    positive, negative = score[truth == 1][:, np.newaxis], score[truth == 0]
    right = (positive > negative) + 0.5 * (positive == negative)
    of_positive, of_negative = member[truth == 1], member[truth == 0]
    return Pairs(of_positive.T @ right @ of_negative, np.outer(of_positive.sum(axis=0), of_negative.sum(axis=0)))


def difference(before: list[Pairs], after: list[Pairs], *, names: tuple[str, str]) -> str:
    """Both mean AUROCs over the tests and their difference, with its 95 % interval over resampled persons, to print.

    Args:
        before: One for each test.
        after: The same tests.
        names: What to call the two.
    """
    tested = np.sum([found.total for found in before], axis=0)
    rng = np.random.default_rng(0)
    drawn = np.zeros((DRAWS, len(tested)))
    for chosen in (tested.any(axis=1), tested.any(axis=0)):
        drawn[:, chosen] = rng.multinomial(chosen.sum(), np.full(chosen.sum(), 1 / chosen.sum()), size=DRAWS)
    low, high = np.nanquantile(_aurocs(after, drawn) - _aurocs(before, drawn), (0.025, 0.975))
    once = np.ones((1, len(tested)))
    first, second = float(_aurocs(before, once)[0]), float(_aurocs(after, once)[0])
    return (
        f"AUROC {names[0]} {first:.3f}, {names[1]} {second:.3f}, "
        f"difference {second - first:+.3f} ({low:+.3f} to {high:+.3f})"
    )


def _aurocs(tests: list[Pairs], times: FloatArray) -> FloatArray:
    """Mean AUROC over the tests where each person counts as often as a row of `times` says, (rows,)."""
    found = []
    for right, everything in tests:
        total = ((times @ everything) * times).sum(axis=1)
        total[total == 0] = np.nan  # a draw without the test persons of one class says nothing of this test
        found.append(((times @ right) * times).sum(axis=1) / total)
    return np.asarray(np.nanmean(found, axis=0))
