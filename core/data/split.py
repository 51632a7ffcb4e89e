"""Split labelled cells into train, validation and test so that no person stands on two sides."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from core.data.dataset import ADDED, CellDataset
from core.data.persons import persons
from core.errors import DataError, SplitImpossible
from core.types import IntArray

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
        """Side of each row; "" for a unit that the split does not know.

        Cells that were added after review are trained on or left out, whatever else their subject's cells are for.
        """
        side = cells[_UNIT[self.by]].map(lambda unit: self.sides.get(unit, "")).astype(str)
        return side.mask((cells["part"] == ADDED) & side.isin(("validation", "test")), "left out")

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
    instead, and the result says so in `by`. Cells that were added after review have no part in the assignment: it is
    the same with and without them, and their subjects are trained on.

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
    units = _units(dataset, share)
    side_of_group = _assign(units, seed)
    seen = set(units.group[_dealt(dataset.labelled)[_UNIT[units.by]].isin(never_test)])
    if seen:
        side_of_group = _without_seen_tests(side_of_group, units.label, units.group, seen=seen, seed=seed)
    return units.split(dataset, side_of_group, share=share, seed=seed)


def folds(dataset: CellDataset, *, count: int = 5, seed: int = 0, share: float = 1.0) -> tuple[Split, ...]:
    """Deal persons out to folds, stratified by class, so that each person is tested once.

    Each fold is the test side of one split and the validation side of the one before; the rest is trained on, and so
    is what was added after review.

    Args:
        dataset: A hashed, labelled data set.
        count: Number of folds, at least three.
        seed: Seed of the dealing.
        share: As in `split`, in each of the folds.

    Raises:
        ValueError: If `count` or `share` is out of range.
        DataError: If the data set is not hashed.
        SplitImpossible: If a class has fewer persons than there are folds, or no dealing puts both classes in each.
    """
    if count < len(USED):
        raise ValueError(
            f"Expected at least {len(USED)} folds: one to test, one to validate, one to train. Received: {count}."
        )
    units = _units(dataset, share)
    _refuse_few(units, count, why=f"one for each of {count} folds")
    for dealt in _dealings(units.label, units.group, count=count, seed=seed):
        if all(units.label.iloc[rows].nunique() == 2 for rows in dealt):
            break
    else:
        raise SplitImpossible(
            f"Expected both classes in each of {count} folds. Received: no such folds in {_TRIES} tries; "
            "take fewer folds."
        )
    found = []
    for test in range(count):
        sides = pd.Series("train", index=units.label.index)
        for side, place in (("test", test), ("validation", (test + 1) % count)):
            sides.iloc[dealt[place]] = side
        side_of_group = {str(name): cast("Side", side) for name, side in zip(units.group, sides, strict=True)}
        found.append(units.split(dataset, side_of_group, share=share, seed=seed))
    return tuple(found)


def smaller(dataset: CellDataset, whole: Split, *, share: float, seed: int = 0) -> Split:
    """The same test side with a share of the training and of the validation persons.

    Args:
        dataset: What `whole` splits.
        whole: A split that leaves nobody out.
        share: Share to keep of each class, in (0, 1].
        seed: Of the choice; with one seed a smaller share is part of a larger one.

    Raises:
        ValueError: If `share` is out of range.
    """
    units = _units(dataset, share)
    sides = whole.of(_dealt(dataset.labelled))
    side_of_group = {str(name): cast("Side", side) for name, side in zip(units.group, sides, strict=True)}
    return replace(units.split(dataset, side_of_group, share=share, seed=seed), seed=whole.seed)


@dataclass(frozen=True, eq=False)
class _Units:
    """What is dealt out: persons, or contents where no subject is named; not those that were added after review.

    Attributes:
        by: "subject" or "cell".
        label: Of each labelled cell.
        group: Person or content of each labelled cell.
        people: Person of each subject.
    """

    by: Literal["subject", "cell"]
    label: pd.Series
    group: pd.Series
    people: Mapping[str, str]

    def split(self, dataset: CellDataset, side_of_group: dict[str, Side], *, share: float, seed: int) -> Split:
        """The split in which each group has its side, or is left out beyond the share; checked."""
        kept = _reduce(side_of_group, self.label, self.group, share=share, seed=seed)
        key = _UNIT[self.by]
        dealt = set(_dealt(dataset.labelled)[key])
        sides: dict[str, Side] = {}
        for unit in sorted(set(dataset.labelled[key])):
            side = kept.get(
                self.people.get(unit, unit), "train"
            )  # a unit that was added is of nobody who was dealt out
            sides[str(unit)] = side if unit in dealt or side == "train" else "left out"
        found = Split(by=self.by, seed=seed, sides=sides, share=share)
        found.check(dataset)
        return found


def _units(dataset: CellDataset, share: float) -> _Units:
    if not 0 < share <= 1:
        raise ValueError(f"Expected a share of subjects in (0, 1]. Received: {share}.")
    dataset.check_hashed()
    cells = _dealt(dataset.labelled)
    people = persons(_dealt(dataset.candidates))
    if dataset.has_subjects:
        return _Units("subject", cells["label"], cells["subject"].map(people), people)
    return _Units("cell", cells["label"], cells["sha256"], people)


def _dealt(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["part"] != ADDED]


def _refuse_few(units: _Units, fewest: int, *, why: str) -> int:
    """Persons of the rarer class; refused where they are too few."""
    per_class = units.group.groupby(units.label).nunique()
    found = int(per_class.min()) if len(per_class) else 0
    if len(per_class) != 2 or found < fewest:
        counts = ", ".join(f"{name}: {count}" for name, count in per_class.items()) or "no labelled cell"
        raise SplitImpossible(f"Expected two classes with at least {fewest} persons each, {why}. Received: {counts}.")
    return found


def _dealings(label: pd.Series, group: pd.Series, *, count: int, seed: int) -> Iterator[list[IntArray]]:
    """Rows of each fold, dealt out anew at each step."""
    for attempt in range(_TRIES):
        dealt = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=(seed + 7919 * attempt) % 2**32)
        yield [rows for _, rows in dealt.split(label, label, group)]


def _assign(units: _Units, seed: int) -> dict[str, Side]:
    count = min(_FOLDS, _refuse_few(units, _FEWEST_PERSONS, why="one for each side of the split"))
    label, group = units.label, units.group
    # The folds hardly depend on their seed: persons are dealt out by size, only those of one size are shuffled. So the
    # seed also picks which fold is which side.
    places = [(test, (test + step) % count) for step in range(1, count) for test in range(count)]
    for attempt, dealt in enumerate(_dealings(label, group, count=count, seed=seed)):
        sides = pd.Series("train", index=label.index)
        for side, place in zip(("test", "validation"), places[(seed + attempt) % len(places)], strict=True):
            sides.iloc[dealt[place]] = side
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
