"""Split labelled cells into train, validation and test so that no person stands on two sides."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from core.data.dataset import CellDataset
from core.data.persons import persons
from core.errors import DataError, SplitImpossible

Side = Literal["train", "validation", "test", "left out"]
USED: tuple[Side, ...] = ("train", "validation", "test")
SIDES: tuple[Side, ...] = (*USED, "left out")
_FOLDS = 5  # one for test, one for validation
_FEWEST_PERSONS = 3  # of each class: one a side
_TRIES = 200


@dataclass(frozen=True)
class Split:
    """Which side each unit stands on.

    Attributes:
        by: "subject", or "cell" where the data set names no subjects.
        seed: Seed of the assignment.
        sides: Side of each subject (or of each content hash where `by` is "cell").
        share: Share of the training and validation persons that is used; below 1 the rest is "left out".
    """

    by: Literal["subject", "cell"]
    seed: int
    sides: Mapping[str, Side]
    share: float = 1.0

    @property
    def reduced(self) -> bool:
        """Whether only part of the training subjects is used."""
        return self.share < 1

    def units(self, side: Side) -> tuple[str, ...]:
        """Subjects (or content hashes) that stand on one side, sorted."""
        return tuple(sorted(unit for unit, at in self.sides.items() if at == side))

    def of(self, cells: pd.DataFrame) -> pd.Series:
        """Side of each row; "" for a unit that the split does not know."""
        return cells[_UNIT[self.by]].map(lambda unit: self.sides.get(unit, "")).astype(str)

    def cells(self, dataset: CellDataset, side: Side) -> pd.DataFrame:
        """Labelled rows of one side."""
        return dataset.labelled[self.of(dataset.labelled) == side]

    def check(self, dataset: CellDataset) -> None:
        """Refuse a split in which one person, or one content, stands on two sides.

        Raises:
            DataError: If it does; the sentence names the first such units.
        """
        cells = dataset.labelled.assign(side=self.of(dataset.labelled))
        cells = cells[cells["side"].isin(USED)]
        people = persons(dataset.candidates)
        person = cells["subject"].map(lambda subject: people.get(subject, "")).astype(str)
        for key, name in ((person, "person"), (cells["sha256"], "content")):
            known = key != ""
            counts = cells[known].groupby(key[known])["side"].nunique()
            torn = list(counts[counts > 1].index)
            if torn:
                raise DataError(
                    f"Expected each {name} on one side of the split. Received: {len(torn)} on two, first {torn[:3]}."
                )


_UNIT = {"subject": "subject", "cell": "sha256"}


def split(
    dataset: CellDataset, *, seed: int = 0, share: float = 1.0, never_test: frozenset[str] = frozenset()
) -> Split:
    """Assign persons to train (about 60 %), validation (20 %) and test (20 %), stratified by class.

    Persons are groups of subjects that share byte-identical cells. A data set without subject ids is split by content
    instead, and the result says so in `by`.

    Args:
        dataset: A hashed, labelled data set.
        seed: Same seed, same split. Five seeds in a row test on five different sets of persons; where no two persons
            have equally many cells, splits repeat after twenty seeds.
        share: Share of the training and of the validation persons to keep, in (0, 1]; the test side is never reduced.
        never_test: Subjects (or content hashes) that a model has seen before: their persons change places with unseen
            ones of their class, or are trained on where there are too few.

    Raises:
        ValueError: If `share` is out of range.
        SplitImpossible: If a class has fewer than three persons, no assignment puts both classes on each side, or no
            person of a class may be tested on.
    """
    if not 0 < share <= 1:
        raise ValueError(f"Expected a share of subjects in (0, 1]. Received: {share}.")
    if not dataset.hashed:
        raise DataError("Expected a hashed data set. Received: one whose files have not been hashed yet.")
    cells = dataset.labelled
    by: Literal["subject", "cell"] = "subject" if dataset.has_subjects else "cell"
    people = persons(dataset.candidates)
    group = cells["subject"].map(people) if by == "subject" else cells["sha256"]
    side_of_group = _assign(cells["label"], group, seed)
    seen = set(group[cells[_UNIT[by]].isin(never_test)])
    if seen:
        side_of_group = _without_seen_tests(side_of_group, cells["label"], group, seen=seen, seed=seed)
    side_of_group = _reduce(side_of_group, cells["label"], group, share=share, seed=seed)
    if by == "subject":
        sides = {str(subject): side_of_group[people[subject]] for subject in sorted(set(cells["subject"]))}
    else:
        sides = side_of_group
    result = Split(by=by, seed=seed, sides=sides, share=share)
    result.check(dataset)
    return result


def _assign(label: pd.Series, group: pd.Series, seed: int) -> dict[str, Side]:
    per_class = group.groupby(label).nunique()
    fewest = int(per_class.min()) if len(per_class) else 0
    if len(per_class) != 2 or fewest < _FEWEST_PERSONS:
        counts = ", ".join(f"{name}: {count}" for name, count in per_class.items()) or "no labelled cell"
        raise SplitImpossible(
            f"Expected two classes with at least {_FEWEST_PERSONS} persons each, one for each side of the split. "
            f"Received: {counts}."
        )
    n_folds = min(_FOLDS, fewest)
    # The folds hardly depend on their seed: persons are dealt out by size, only those of one size are shuffled. So the
    # seed also picks which fold is which side.
    places = [(test, (test + step) % n_folds) for step in range(1, n_folds) for test in range(n_folds)]
    for attempt in range(_TRIES):
        dealt = StratifiedGroupKFold(n_splits=n_folds, shuffle=True, random_state=(seed + 7919 * attempt) % 2**32)
        folds = [rows for _, rows in dealt.split(label, label, group)]
        sides = pd.Series("train", index=label.index)
        for side, place in zip(("test", "validation"), places[(seed + attempt) % len(places)], strict=True):
            sides.iloc[folds[place]] = side
        if (label.groupby(sides).nunique() == 2).all() and sides.nunique() == 3:
            return {str(name): cast("Side", side) for name, side in zip(group, sides, strict=True)}
    raise SplitImpossible(
        f"Expected both classes on each side of the split. Received: no such assignment in {_TRIES} tries."
    )


def _without_seen_tests(
    sides: dict[str, Side], label: pd.Series, group: pd.Series, *, seen: set[str], seed: int
) -> dict[str, Side]:
    """Swap the seen persons of the test side for unseen ones of the same class."""
    rng = np.random.default_rng(seed)
    class_of = _class_of(label, group)
    changed = dict(sides)
    for name in sorted(set(class_of)):
        members = sorted(unit for unit in sides if class_of[unit] == name)
        unseen = rng.permutation([unit for unit in members if unit not in seen and sides[unit] != "test"]).tolist()
        for unit in (unit for unit in members if unit in seen and sides[unit] == "test"):
            changed[unit] = "train"
            if unseen:
                changed[unit], changed[unseen[-1]] = changed[unseen[-1]], "test"
                unseen.pop()
    tested = set(label[group.map(changed) == "test"])
    missing = sorted(set(label) - tested)
    if missing:
        raise SplitImpossible(
            "Expected persons of both classes to test on that the model has not seen before. "
            f"Received: none of {' and '.join(missing)}; train from scratch, or add subjects."
        )
    return changed


def _class_of(label: pd.Series, group: pd.Series) -> pd.Series:
    """The most frequent class of each person's cells."""
    return label.groupby(group).agg(lambda labels: Counter(labels).most_common(1)[0][0])


def _reduce(sides: dict[str, Side], label: pd.Series, group: pd.Series, *, share: float, seed: int) -> dict[str, Side]:
    if share == 1:
        return sides
    rng = np.random.default_rng(seed)
    class_of = _class_of(label, group)
    reduced = dict(sides)
    for side in ("train", "validation"):
        for name in sorted(set(class_of)):
            members = sorted(unit for unit, at in sides.items() if at == side and class_of[unit] == name)
            kept = max(1, round(share * len(members)))
            for unit in rng.permutation(members)[kept:]:
                reduced[str(unit)] = "left out"
    return reduced
