"""Logs as CSV: what is written is read back, and what is none is refused with its line."""

from pathlib import Path

import pytest

from core.data.csv_log import keep, parsed, sha256_in, written
from core.errors import DataError

ROWS = [{"name": "a,b", "note": 'say "no"\nnever'}, {"name": "=1", "note": ""}]


def read(row: dict[str, str], line: int) -> tuple[int, str, str]:
    return line, row["name"], row["note"]


def test_what_is_written_is_read_back_also_after_a_spreadsheet_has_marked_it() -> None:
    text = written(ROWS, ("name", "note"))
    assert text.startswith("name,note\n")
    for found in (text, "\ufeff" + text):
        rows = parsed(found, ("name", "note"), read, what="tests")
        assert rows == ((2, "a,b", 'say "no"\nnever'), (3, "=1", ""))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"^Expected the columns name, note\. Received: none\.$"),
        ("note,name\n", r"^Expected the columns name, note\. Received: note, name\.$"),
        ("name,note\na,b\nc\n", r"^Expected 2 values a row\. Received: another number in line 3\.$"),
        ("name,note\na,b,c\n", r"^Expected 2 values a row\. Received: another number in line 2\.$"),
        ('name,note\n"a"b,c\n', r"^Expected a CSV file of tests\. Received: line 1, "),
    ],
)
def test_what_is_no_log_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        parsed(text, ("name", "note"), read, what="tests")


def test_a_hash_has_64_hexadecimal_digits() -> None:
    assert sha256_in({"sha256": "0f" * 32}, "sha256", 2) == "0f" * 32
    with pytest.raises(DataError, match=r"^Expected a SHA-256 of 64 hexadecimal digits\. Received: line 7, 0F0F"):
        sha256_in({"sha256": "0F" * 32}, "sha256", 7)


def test_where_there_is_no_room_the_sentence_says_for_what(tmp_path: Path) -> None:
    keep(tmp_path / "log.csv", b"x", what="tests")
    assert (tmp_path / "log.csv").read_bytes() == b"x"
    with pytest.raises(DataError, match=r"^Expected room for tests\. Received: "):
        keep(tmp_path / "log.csv" / "inside", b"x", what="tests")
