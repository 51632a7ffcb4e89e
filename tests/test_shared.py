"""Folders that a server and its workers must both see."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import JobError
from core.shared import check_shared, shared

MARK = ".leukoscope-folder"


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """Settings of a server that uses a cluster elsewhere."""
    return Settings(tmp_path / "home", tmp_path / "models", "tcp://host:8786", "postgresql://me:secret@host/cells")


def test_a_worker_that_sees_the_servers_folders_takes_the_work(place: Settings, tmp_path: Path) -> None:
    sent = shared(place)
    check_shared(sent, tmp_path)
    assert (sent.home, sent.models, sent.dask) == (place.home, place.models, place.dask)
    assert "secret" not in repr(sent)


@pytest.mark.parametrize("folder", ["home", "models"])
def test_a_folder_of_the_same_name_on_the_workers_own_disk_is_refused(
    folder: str, place: Settings, tmp_path: Path
) -> None:
    sent = shared(place)
    own = tmp_path / folder
    (own / MARK).write_text("0" * 32)
    with pytest.raises(JobError, match=rf"^Expected a folder that the worker shares .* Received: {own}, which the"):
        check_shared(sent, tmp_path)
    (own / MARK).unlink()
    own.rmdir()
    with pytest.raises(JobError, match=rf"Received: {own}, which the worker .* does not see\. Mount it there"):
        check_shared(sent, tmp_path)
    assert not own.exists()


def test_cells_that_the_worker_does_not_see_are_refused(place: Settings, tmp_path: Path) -> None:
    cells = tmp_path / "cells"
    with pytest.raises(JobError, match=rf"^Expected a folder with cells that the worker .* Received: {cells}, "):
        check_shared(shared(place), cells)


def test_a_folder_keeps_its_mark(place: Settings) -> None:
    assert shared(place).marks == shared(place).marks
    assert len({mark for _, mark in shared(place).marks}) == 2


def test_nothing_is_marked_or_checked_for_workers_of_this_machine(place: Settings, tmp_path: Path) -> None:
    sent = shared(replace(place, dask=None))
    check_shared(sent, tmp_path / "missing")
    check_shared(place, tmp_path / "missing")
    assert (sent.marks, list(tmp_path.iterdir())) == ((), [])


def test_a_folder_that_cannot_be_marked_is_refused(place: Settings) -> None:
    (place.home / MARK).mkdir(parents=True)
    with pytest.raises(JobError, match=rf"^Expected a folder that workers can share\. Received: {place.home} \("):
        shared(place)
