"""Rows of the kept cases: written, read and deleted inside a transaction that somebody else opens and ends."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session, aliased

from core import audit
from core.audit import Event
from core.cases.case import Answer, Case, CaseCell, CaseEntry
from core.cases.review import DECISIONS, Review
from core.database import CaseCellRow, CaseRow, ReviewRow
from core.errors import DataError

_LONGEST = 200  # characters of a title or a name


def add_case(session: Session, case: Case, case_id: str, hashes: Sequence[str]) -> None:
    """Write a case with its reviews, which the audit log has learned of when they were made.

    Args:
        session: Of a transaction that holds off others.
        case: The case.
        case_id: Its new id.
        hashes: SHA-256 of the picture of each cell, "" where there is none.
    """
    session.execute(
        insert(CaseRow).values(
            id=case_id,
            created=datetime.now(UTC),
            who=case.who[:_LONGEST],
            title=case.title[:_LONGEST],
            classes=list(case.classes),
        )
    )
    cells = [
        {
            "case_id": case_id,
            "place": place,
            "name": cell.name,
            "sha256": cell.sha256,
            "image_sha256": sha256,
            "label": cell.answer.label or "",
            "answer": cell.answer.fields(),
        }
        for place, (cell, sha256) in enumerate(zip(case.cells, hashes, strict=True))
    ]
    session.execute(insert(CaseCellRow), cells)
    details = {"case": case_id, "cells": len(case.cells), "reviews": len(case.reviews)}
    audit.append(session, [Event(case.who, "save case", details=details)])
    _add_reviews(session, case_id, case.reviews)


def add_reviews(session: Session, case_id: str, cells: Sequence[CaseCell], reviews: Sequence[Review]) -> None:
    """Write further reviews of a case, and into the audit log what was decided, without the comments.

    Args:
        session: Of a transaction that holds off others.
        case_id: Id of the case.
        cells: All its cells.
        reviews: With their numbers.
    """
    _add_reviews(session, case_id, reviews)
    audit.append(session, [review_event(case_id, cells[review.place], review) for review in reviews])


def _add_reviews(session: Session, case_id: str, reviews: Sequence[Review]) -> None:
    if reviews:
        session.execute(insert(ReviewRow), [{"case_id": case_id, **asdict(review)} for review in reviews])


def case_of(session: Session, case_id: str) -> Case:
    """The case of an id, with its cells and reviews.

    Raises:
        DataError: If there is none.
    """
    row = session.get(CaseRow, case_id)
    if row is None:
        raise DataError(f"Expected the id of a case that is kept. Received: {case_id}.")
    cells = session.scalars(select(CaseCellRow).where(CaseCellRow.case_id == case_id).order_by(CaseCellRow.place))
    reviews = session.scalars(select(ReviewRow).where(ReviewRow.case_id == case_id).order_by(ReviewRow.number))
    return Case(
        title=row.title,
        who=row.who,
        classes=(row.classes[0], row.classes[1]),
        cells=tuple(CaseCell(cell.name, cell.sha256, Answer.from_fields(cell.answer)) for cell in cells),
        reviews=tuple(_review(review) for review in reviews),
        id=row.id,
        created=row.created,
    )


def entries(session: Session) -> list[CaseEntry]:
    """All cases without their cells, newest first."""
    count: dict[str, int] = defaultdict(int)
    labels, reviewers = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    called = select(CaseCellRow.case_id, CaseCellRow.label, func.count()).group_by(
        CaseCellRow.case_id, CaseCellRow.label
    )
    for case_id, label, cells in session.execute(called):
        count[case_id] += cells
        labels[case_id].add(label)
    later = aliased(ReviewRow)
    withdrawn = exists().where(later.case_id == ReviewRow.case_id, later.withdraws == ReviewRow.number)
    reviewed = select(ReviewRow.case_id, ReviewRow.label, ReviewRow.reviewer).where(~withdrawn).distinct()
    for case_id, label, reviewer in session.execute(reviewed):
        labels[case_id].add(label)
        reviewers[case_id].add(reviewer)
    return [
        CaseEntry(
            row.id,
            row.title,
            row.who,
            row.created,
            count[row.id],
            tuple(sorted(labels[row.id] - {""})),
            tuple(sorted(reviewers[row.id])),
        )
        for row in session.scalars(select(CaseRow).order_by(CaseRow.created.desc(), CaseRow.id))
    ]


def delete_case(session: Session, case_id: str, who: str) -> None:
    """Delete a case with its cells and reviews; the audit log keeps that it was deleted.

    Args:
        session: Of a transaction that holds off others.
        case_id: Id of the case.
        who: Who deletes it.

    Raises:
        DataError: If there is none.
    """
    cells = len(case_of(session, case_id).cells)
    session.execute(delete(ReviewRow).where(ReviewRow.case_id == case_id))
    session.execute(delete(CaseCellRow).where(CaseCellRow.case_id == case_id))
    session.execute(delete(CaseRow).where(CaseRow.id == case_id))
    audit.append(session, [Event(who, "delete case", details={"case": case_id, "cells": cells})])


def review_event(case_id: str, cell: CaseCell, review: Review) -> Event:
    """What the audit log holds of a review: no name of a file, no comment.

    Args:
        case_id: Id of the case, "" where it is not kept.
        cell: The cell.
        review: With its number.
    """
    details: dict[str, Any] = {"case": case_id, "review": review.number}
    if review.decision == "withdraw":
        details["withdraws"] = review.withdraws
    else:
        details |= {"decision": review.decision, "label": review.label, "commented": bool(review.comment)}
    return Event(
        review.reviewer,
        "undo review" if review.decision == "withdraw" else "review",
        file_sha256=cell.sha256,
        model_sha256=cell.answer.model_sha256,
        threshold=cell.answer.threshold,
        label=cell.answer.label or "",
        probability=cell.answer.shown,
        stopped_by=cell.answer.stopped_by,
        details=details,
    )


def _review(row: ReviewRow) -> Review:
    return Review(
        place=row.place,
        decision=next(decision for decision in DECISIONS if decision == row.decision),
        reviewer=row.reviewer,
        label=row.label,
        comment=row.comment,
        time=row.time,
        number=row.number,
        withdraws=row.withdraws,
    )
