"""`Contributions`: what reviewers add to a data set, and take out again; the audit log learns of both."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.audit import AuditLog, Event
from core.cases.case import Case
from core.cases.offer import offer
from core.cases.pictures import encoded
from core.cases.review import standing
from core.config import Settings
from core.data import additions
from core.data.additions import Addition
from core.data.dataset import CellDataset
from core.data.known_cells import KnownCells, known_cells, likeness
from core.errors import LeukoscopeError
from core.types import ByteArray, Progress, silent

Image = Callable[[int], ByteArray | None]  # RGB pixels of the cell at a place, None where its file is no image
_KNOWN = "already in the data set"


@dataclass(frozen=True)
class Contribution:
    """What came of adding the cells of a case.

    Attributes:
        cells: Those that were added.
        left_out: How many were not, by why, as in `core.cases.offer.Offer`.
    """

    cells: tuple[Addition, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Contributions:
    """The cells that were added to one data set.

    Attributes:
        dataset: Hashed, with what was added to it so far.
        settings: Where they are kept.
        log: Learns of each cell by the hash of its file, with the class and the case, but of no subject.
    """

    dataset: CellDataset
    settings: Settings
    log: AuditLog

    @property
    def folder(self) -> Path:
        """Where they are."""
        return additions.additions_folder(self.settings, self.dataset.root)

    def listed(self) -> tuple[Addition, ...]:
        """All of them, the oldest first.

        Raises:
            DataError: If their log cannot be read.
        """
        return additions.log(self.folder)

    def add(self, case: Case, image: Image, subject: str, *, who: str, progress: Progress = silent) -> Contribution:
        """Add the cells of a case that somebody decided about, all of them or none.

        A cell that the data set has already, as a file or as a copy that looks the same, stays out: it could be one to
        test on. Check the subject first (`core.cases.offer.check`).

        Args:
            case: Whose cells they are.
            image: Their pixels.
            subject: Whose cells these are, from `core.cases.offer.subject_id`.
            who: Who adds them.
            progress: Called as cells are compared; what it raises ends the work and nothing is added.

        Raises:
            DataError: If a picture is damaged, or something cannot be written.
            JobError: If the audit log does not answer; then nothing is added.
        """
        offered = offer(case)
        left_out = Counter(offered.left_out)
        known = known_cells(self.dataset, cache=self.settings.cache, progress=progress)

        def fresh() -> Iterator[tuple[Addition, bytes]]:
            seen: set[str] = set()
            for done, (place, label) in enumerate(offered.labels.items()):
                progress(done, len(offered.labels), "Comparing with the data set")
                pixels = image(place)
                reason = _reason(pixels, case.cells[place].sha256, known)
                if reason or pixels is None:
                    left_out[reason] += 1
                    continue
                picture = encoded(pixels)
                addition = _addition(case, place, label, subject, pixels, picture)
                left_out["twice in this case"] += addition.sha256 in seen
                if addition.sha256 not in seen:
                    seen.add(addition.sha256)
                    yield addition, picture

        added = additions.add(self.folder, fresh())
        try:
            self.log.append(*_events(added, who))
        except LeukoscopeError:
            additions.remove(self.folder, {addition.sha256 for addition in added})
            raise
        return Contribution(added, +left_out)

    def remove(self, contents: Collection[str], *, who: str) -> tuple[Addition, ...]:
        """Take cells out of the data set and delete their pictures for good.

        Args:
            contents: `sha256` of each.
            who: Who does it.

        Returns:
            Those that were there.

        Raises:
            DataError: If they cannot be deleted.
            JobError: If the audit log does not answer; then they stay.
        """
        self.log.append(*_events([one for one in self.listed() if one.sha256 in contents], who, taken_out=True))
        return additions.remove(self.folder, contents)


def steps(cells: Iterable[Addition]) -> dict[str, tuple[Addition, ...]]:
    """The cells that were added together, by the time of it, the newest first."""
    found: dict[str, tuple[Addition, ...]] = {}
    for cell in cells:
        found[cell.added] = (*found.get(cell.added, ()), cell)
    return dict(sorted(found.items(), reverse=True))


def _events(cells: Sequence[Addition], who: str, *, taken_out: bool = False) -> list[Event]:
    return [
        Event(
            who,
            "add to data set",
            file_sha256=cell.file_sha256,
            model_sha256=cell.model_sha256,
            label=cell.label,
            details={"case": cell.case, "cells": len(cells), **({"taken out": True} if taken_out else {})},
        )
        for cell in cells
    ]


def _reason(pixels: ByteArray | None, file_sha256: str, known: KnownCells) -> str:
    """Why a cell cannot be added, or ""."""
    if pixels is None:
        return "without a picture"
    if file_sha256 in known.contents:
        return _KNOWN
    hashed = likeness(pixels)
    if not hashed:
        return "too small or empty to be compared with the data set"
    return _KNOWN if known.has_like(hashed) else ""


def _addition(case: Case, place: int, label: str, subject: str, pixels: ByteArray, picture: bytes) -> Addition:
    cell, review = case.cells[place], standing(case.reviews)[place]
    height, width = pixels.shape[:2]
    return Addition(
        sha256=sha256(picture).hexdigest(),
        subject=subject,
        label=label,
        width=width,
        height=height,
        bytes=len(picture),
        file_sha256=cell.sha256,
        called=cell.answer.label or "",
        decision=review.decision,
        reviewer=review.reviewer,
        reviewed=review.time.isoformat(),
        model=cell.answer.model,
        model_sha256=cell.answer.model_sha256,
        case=case.id,
    )
