"""`Cases`: the cases that users chose to keep, rows in the database and pictures in the workspace."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.case import Case, CaseEntry, pseudonyms
from core.cases.pictures import CasePictures, encoded
from core.cases.review import Review, added, undone
from core.cases.rows import add_case, add_reviews, case_of, delete_case, entries
from core.config import Settings
from core.database import CaseCellRow, CaseRow, opened, transaction
from core.errors import DataError
from core.types import ByteArray, Progress, silent


class Cases:
    """The kept cases, safe to share between threads and servers; each act is done whole or not at all.

    The audit log learns of each act: the file's hash, the answer and the decision, but no title, no file name and no
    comment, since it can't forget.
    """

    def __init__(self, settings: Settings) -> None:
        self._engine = opened(settings.database)
        self._pictures = CasePictures(settings.home / "cases")

    def save(
        self,
        case: Case,
        image: Callable[[int], ByteArray | None],
        *,
        pseudonymous: bool = False,
        progress: Progress = silent,
    ) -> str:
        """Keep a case.

        Args:
            case: Its id and time are given anew.
            image: Gives the RGB pixels of the cell at a place, (height, width, 3), or None for a file that is no image.
            pseudonymous: Number the cells in place of the names of their files.
            progress: Called as pictures are written; may raise, and nothing is kept then.

        Returns:
            Its id.

        Raises:
            ValueError: If it has no title, no cells, or reviews of other cells.
            DataError: If the pictures cannot be written.
            JobError: If the database does not answer.
        """
        if not case.title.strip() or not case.cells:
            raise ValueError(
                f"Expected a title and at least one cell. Received: {case.title!r} and {len(case.cells)} cells."
            )
        if any(not 0 <= review.place < len(case.cells) for review in case.reviews):
            raise ValueError(f"Expected reviews of the {len(case.cells)} cells of the case. Received: one of another.")
        if pseudonymous:
            named = zip(case.cells, pseudonyms(case.cells), strict=True)
            case = replace(case, cells=tuple(replace(cell, name=name) for cell, name in named))
        self._settle()
        case_id = uuid.uuid4().hex
        with self._pictures.saving(case_id) as write:
            hashes = []
            for place in range(len(case.cells)):
                progress(place, len(case.cells), "Keeping cells")
                pixels = image(place)
                hashes.append("" if pixels is None else write(place, encoded(pixels)))
            with self._alone() as session:
                add_case(session, case, case_id, hashes)
        return case_id

    def search(
        self,
        *,
        title: str = "",
        reviewer: str = "",
        label: str = "",
        since: date | None = None,
        until: date | None = None,
    ) -> list[CaseEntry]:
        """Cases that fulfil all that is asked, newest first.

        Args:
            title: Part of the title, in any case of letters.
            reviewer: Part of a reviewer's name, or of the name of who keeps it.
            label: A class that the model or a reviewer gave to one of its cells.
            since: First day, UTC.
            until: Last day, UTC.

        Raises:
            JobError: If the database does not answer.
        """
        self._settle()
        with transaction(self._engine, "cases") as session:
            found = entries(session)
        return [
            entry
            for entry in found
            if title.casefold() in entry.title.casefold()
            and any(reviewer.casefold() in name.casefold() for name in (entry.who, *entry.reviewers))
            and (not label or label in entry.labels)
            and (since is None or entry.created.date() >= since)
            and (until is None or entry.created.date() <= until)
        ]

    def read(self, case_id: str) -> Case:
        """One case, without its pictures.

        Raises:
            DataError: If there is none of this id.
            JobError: If the database does not answer.
        """
        with transaction(self._engine, "cases") as session:
            return case_of(session, case_id)

    def image(self, case_id: str, place: int) -> ByteArray | None:
        """RGB pixels of a cell, (height, width, 3); None where its file was no image.

        Raises:
            DataError: If there is no such cell, or its picture is missing or damaged.
            JobError: If the database does not answer.
        """
        with transaction(self._engine, "cases") as session:
            wanted = select(CaseCellRow.image_sha256).where(CaseCellRow.case_id == case_id, CaseCellRow.place == place)
            sha256 = session.scalars(wanted).first()
        if sha256 is None:
            raise DataError(f"Expected a cell of a case that is kept. Received: cell {place} of {case_id}.")
        return self._pictures.read(case_id, place, sha256) if sha256 else None

    def review(self, case_id: str, review: Review) -> Case:
        """Add a review; the case with it.

        Raises:
            ValueError: If the review is none (`core.cases.review.added`).
            DataError: If there is no case of this id.
            JobError: If the database does not answer.
        """
        with self._alone() as session:
            case = case_of(session, case_id)
            rows = added(case.reviews, review, cells=len(case.cells), classes=case.classes)
            add_reviews(session, case_id, case.cells, rows[-1:])
        return replace(case, reviews=rows)

    def undo(self, case_id: str, reviewer: str) -> Case:
        """Take back what a reviewer did last, by a row that says so; the case with it.

        Raises:
            ValueError: If there is nothing to take back.
            DataError: If there is no case of this id.
            JobError: If the database does not answer.
        """
        with self._alone() as session:
            case = case_of(session, case_id)
            rows = undone(case.reviews, reviewer)
            add_reviews(session, case_id, case.cells, rows[-1:])
        return replace(case, reviews=rows)

    def delete(self, case_id: str, *, who: str) -> None:
        """Delete a case for good, with its reviews and pictures; the audit log keeps that it was deleted.

        A SQLite file is overwritten where the rows stood. PostgreSQL frees the place, and overwrites it later.

        Raises:
            DataError: If there is none of this id, or its pictures cannot be deleted.
            JobError: If the database does not answer.
        """
        self._settle()
        with self._pictures.deleting(case_id), self._alone() as session:
            if self._engine.dialect.name == "sqlite":
                session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
            delete_case(session, case_id, who)
        if self._engine.dialect.name == "sqlite":
            with transaction(self._engine, "cases") as session:  # what was deleted still stands in the journal
                session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _alone(self) -> AbstractContextManager[Session]:
        return transaction(self._engine, "cases", alone=True)

    def _settle(self) -> None:
        def known() -> set[str]:
            with transaction(self._engine, "cases") as session:
                return set(session.scalars(select(CaseRow.id)))

        self._pictures.settle(known)
