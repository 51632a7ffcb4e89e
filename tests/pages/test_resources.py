import re
import threading
from pathlib import Path

import pytest
import streamlit as st

from core.config import PROJECT_ROOT
from core.data.dataset import CellDataset
from core.types import silent
from dashboard import resources
from dashboard.resources import cells
from dashboard.state import Source


@pytest.fixture(autouse=True)
def _empty(workspace: Path) -> None:
    st.cache_resource.clear()


def test_a_data_set_is_read_once_until_it_is_forgotten(drawn_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(drawn_folder)
    first = resources.dataset(source, hashes=True, progress=silent)
    assert first.hashed
    assert resources.dataset(source, hashes=True, progress=silent) is first
    resources.forget(source)
    assert resources.dataset(source, hashes=True, progress=silent) is not first


def test_while_one_user_reads_a_large_set_another_opens_a_small_one(
    drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def read(path: Path, *_: object, **__: object) -> CellDataset:
        if path.name == "large":
            started.set()
            assert go_on.wait(60)
        return drawn

    monkeypatch.setattr(cells, "open_dataset", read)
    large = threading.Thread(
        target=lambda: resources.dataset(Source(Path("large")), hashes=False, progress=silent), daemon=True
    )
    large.start()
    assert started.wait(60)
    assert resources.dataset(Source(Path("small")), hashes=False, progress=silent) is drawn
    go_on.set()
    large.join(60)
    assert not large.is_alive()


def test_a_set_that_cannot_be_read_is_tried_again_at_the_next_call(
    drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([ValueError("unplugged"), drawn])

    def read(*_: object, **__: object) -> CellDataset:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(cells, "open_dataset", read)
    with pytest.raises(ValueError, match="unplugged"):
        resources.dataset(Source(Path("stick")), hashes=False, progress=silent)
    assert resources.dataset(Source(Path("stick")), hashes=False, progress=silent) is drawn


def test_only_the_sets_read_last_are_kept(drawn: CellDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(cells, "open_dataset", lambda path, *_, **__: read.append(path) or drawn)
    for number in (*range(9), 0, 8):
        resources.dataset(Source(Path(str(number))), hashes=False, progress=silent)
    assert read == [Path(str(number)) for number in (*range(9), 0)]


def test_only_resources_cache_and_each_cache_has_a_bound() -> None:
    uses = re.compile(r"\b(?:cache_data|cache_resource|lru_cache|functools)\b.*")
    found = {
        file.relative_to(PROJECT_ROOT / "dashboard"): uses.findall(file.read_text(encoding="utf-8"))
        for file in (PROJECT_ROOT / "dashboard").rglob("*.py")
    }
    assert {file.parts[0] for file, caches in found.items() if caches} == {"resources"}
    assert [one for caches in found.values() for one in caches if "(max_entries=" not in one] == []
