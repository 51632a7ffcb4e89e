"""The hash chain by itself: the hash of a row, and what is found wrong in rows."""

import hashlib
from dataclasses import replace

import pytest

from core.audit_chain import START, AuditEntry, entry_hash, verified


def chain(count: int) -> list[AuditEntry]:
    rows: list[AuditEntry] = []
    for number in range(1, count + 1):
        row = AuditEntry(number, "noon", "ada", "answer", "", "", 0.5, "ALL", None, "", "{}", START, "")
        rows.append(hashed(replace(row, previous=rows[-1].sha256 if rows else START)))
    return rows


def hashed(row: AuditEntry) -> AuditEntry:
    return replace(row, sha256=entry_hash({name: value for name, value in vars(row).items() if name != "sha256"}))


def test_the_hash_is_of_json_with_sorted_keys_without_spaces_in_ascii() -> None:
    expected = hashlib.sha256(rb'{"a":null,"b":[1.5,"\u00eb"]}').hexdigest()
    assert entry_hash({"b": [1.5, "ë"], "a": None}) == expected


def test_a_value_that_is_no_json_has_a_hash_too() -> None:
    assert entry_hash({"a": b"bytes"}) == entry_hash({"a": "b'bytes'"}) != entry_hash({"a": "bytes"})


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_whole_chain_has_no_problem(count: int) -> None:
    rows = chain(count)
    found = verified(rows, None)
    assert (found.rows, found.head, found.row, found.problem) == (
        count,
        ([START] + [row.sha256 for row in rows])[-1],
        None,
        "",
    )


def test_every_row_of_a_whole_chain_may_be_the_head_that_was_kept() -> None:
    rows = chain(3)
    assert [verified(rows, head).problem for head in (START, *(row.sha256 for row in rows))] == [""] * 4
    assert verified(rows, "f" * 64).row == 4


@pytest.mark.parametrize("name", [name for name in vars(chain(1)[0]) if name not in ("sequence", "previous")])
def test_a_change_of_any_field_is_found(name: str) -> None:
    rows = chain(3)
    rows[1] = replace(rows[1], **{name: 0.25 if name in ("threshold", "probability") else "other"})  # type: ignore[arg-type]
    found = verified(rows, None)
    assert (found.rows, found.row, found.problem) == (1, 2, "Row 2 was changed.")


def test_the_first_row_made_to_continue_another_one_is_found() -> None:
    rows = chain(2)
    rows[0] = hashed(replace(rows[0], previous="f" * 64))
    assert verified(rows, None).row == 1


def test_a_row_put_in_as_the_first_is_found() -> None:
    rows = chain(2)
    new = hashed(replace(rows[0], who="mallory"))
    moved = [replace(row, sequence=row.sequence + 1) for row in rows]
    found = verified([new, *moved], None)
    assert (found.row, found.problem) == (1, "Row 1 was put in.")
