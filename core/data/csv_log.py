"""Logs of the workspace as CSV: rows of one kind, in named columns, read whole or refused with the line."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from core.errors import DataError
from core.whole_file import whole_file

Row = TypeVar("Row")


def written(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV under their columns, in order."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def parsed(
    text: str, columns: Sequence[str], read: Callable[[dict[str, str], int], Row], *, what: str
) -> tuple[Row, ...]:
    """Rows that `written` wrote, perhaps on another machine.

    Args:
        text: The CSV file.
        columns: That it must have, in order.
        read: Makes a row of the values by column and the number of the line; may raise `DataError`.
        what: What the rows are, for people, such as "decisions".

    Raises:
        DataError: If there are other columns, or a line has another number of values; the sentence names it.
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        if list(lines.fieldnames or ()) != list(columns):
            raise DataError(
                f"Expected the columns {', '.join(columns)}. Received: {', '.join(lines.fieldnames or ()) or 'none'}."
            )
        found = []
        for line, row in enumerate(lines, start=2):
            if set(row) != set(columns) or None in row.values():
                raise DataError(f"Expected {len(columns)} values a row. Received: another number in line {line}.")
            found.append(read(row, line))
        return tuple(found)
    except csv.Error as error:
        raise DataError(f"Expected a CSV file of {what}. Received: line {lines.line_num}, {error}.") from error


def sha256_in(row: dict[str, str], name: str, line: int) -> str:
    """The hash in a column.

    Raises:
        DataError: If it is none.
    """
    if len(row[name]) != 64 or set(row[name]) - set("0123456789abcdef"):
        raise DataError(f"Expected a SHA-256 of 64 hexadecimal digits. Received: line {line}, {row[name][:80]}.")
    return row[name]


def keep(file: Path, content: bytes, *, what: str) -> None:
    """Write a file whole or not at all.

    Args:
        file: Where to.
        content: Of it.
        what: What there is no room for if there is none.

    Raises:
        DataError: If it cannot be written.
    """
    try:
        with whole_file(file) as stream:
            stream.write(content)
    except OSError as error:
        raise DataError(f"Expected room for {what}. Received: {error.strerror or error}.") from error
