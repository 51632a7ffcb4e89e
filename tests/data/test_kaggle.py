"""The Kaggle download against local stand-ins for the function that downloads."""

import errno
import fcntl
import shutil
import threading
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.data import kaggle
from core.data.kaggle import ROOT, download
from core.errors import Cancelled, DownloadError

DISK = namedtuple("DISK", "total used free")  # the shape of shutil.disk_usage's answer


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kaggle, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: DISK(10**12, 0, 10**12))


def place(cache: Path) -> Path:
    return cache / "datasets" / kaggle.DATASET


def unpacked(cache: Path) -> Path:
    folder = place(cache) / "versions" / "2"
    cell = folder / ROOT / "training_data" / "fold_0" / "all" / "UID_1_1_1_all.bmp"
    cell.parent.mkdir(parents=True)
    cell.write_bytes(b"cell")
    return folder


def slowly(cache: Path, stop: threading.Event) -> Path:
    place(cache).mkdir(parents=True, exist_ok=True)
    with (place(cache) / "2.archive").open("ab") as archive:
        for _ in range(20):
            if stop.wait(0.01):
                break
            archive.write(bytes(1_000_000))
            archive.flush()
    return unpacked(cache)


def http_error(status: int) -> OSError:
    from kagglehub.exceptions import KaggleApiHTTPError

    return KaggleApiHTTPError(f"{status} Client Error.", response=SimpleNamespace(status_code=status))


def failing(error: Exception, megabytes: int = 0) -> kaggle.Fetch:
    def fetch(cache: Path, stop: threading.Event) -> Path:
        if megabytes:
            place(cache).mkdir(parents=True)
            (place(cache) / "2.archive").write_bytes(bytes(megabytes * 1_000_000))
        raise error

    return fetch


def test_the_data_set_ends_in_the_target_folder_and_nothing_else_does(tmp_path: Path) -> None:
    assert download(tmp_path / "kaggle", fetch=slowly) == tmp_path / "kaggle" / ROOT
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [f"kaggle/{ROOT}/training_data/fold_0/all/UID_1_1_1_all.bmp"]


def test_progress_counts_megabytes_upwards_and_ends_at_its_total(tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    download(tmp_path, progress=lambda *report: reports.append(report), fetch=slowly)
    downloading = [done for done, _, text in reports if text == "Downloading, MB"]
    assert downloading == sorted(downloading)
    assert 0 < downloading[-1] <= 20
    assert {total for _, total, text in reports if text == "Downloading, MB"} == {1200}
    assert reports[-1] == (10_415, 10_415, "Unpacking, MB")


def test_a_complete_download_is_used_again_without_a_second_one(tmp_path: Path) -> None:
    first = download(tmp_path, fetch=slowly)
    assert download(tmp_path, fetch=failing(AssertionError("downloads twice"))) == first


def test_cancelling_stops_the_download_and_keeps_what_there_is(tmp_path: Path) -> None:
    def cancel_at_three(done: int, total: int, text: str) -> None:
        if done >= 3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        download(tmp_path, progress=cancel_at_three, fetch=slowly)
    assert not (tmp_path / ROOT).exists()
    assert 3_000_000 <= (place(tmp_path / ".kagglehub") / "2.archive").stat().st_size < 20_000_000
    assert download(tmp_path, fetch=slowly).is_dir()


def test_files_left_by_an_unpacking_that_was_cut_off_are_dropped(tmp_path: Path) -> None:
    stale = place(tmp_path / ".kagglehub") / "versions" / "2" / ROOT / "half.bmp"
    stale.parent.mkdir(parents=True)
    stale.touch()
    download(tmp_path, fetch=slowly)
    assert not (tmp_path / ROOT / "half.bmp").exists()


def test_too_little_disk_space_is_said_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: DISK(10**12, 0, 3_200_000_000))
    with pytest.raises(DownloadError, match=r"Expected 11\.6 GB free .*Received: 3\.2 GB\."):
        download(tmp_path, fetch=failing(AssertionError("fetches")))


def test_what_lies_in_the_cache_counts_towards_the_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / ".kagglehub").mkdir(parents=True)
    (place(tmp_path / ".kagglehub") / "2.archive").write_bytes(bytes(16_000_000))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: DISK(10**12, 0, 11_600_000_000))  # 11.616 less 0.016 needed
    assert download(tmp_path, fetch=slowly).is_dir()


def network_errors() -> list[Exception]:
    from requests import exceptions

    return [
        exceptions.ConnectionError("Failed to resolve"),
        exceptions.ReadTimeout("Read timed out."),
        exceptions.ChunkedEncodingError("IncompleteRead"),
        exceptions.JSONDecodeError("a sign-in page", "<html>", 0),
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        TimeoutError(errno.ETIMEDOUT, "timed out"),
    ]


@pytest.mark.parametrize("error", network_errors(), ids=lambda error: type(error).__name__)
def test_without_internet_the_message_says_so(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(DownloadError, match=r"Expected an internet connection to Kaggle\. Received: none\."):
        download(tmp_path, fetch=failing(error))


@pytest.mark.parametrize("error", network_errors(), ids=lambda error: type(error).__name__)
def test_cut_off_in_the_middle_it_tells_that_a_second_try_goes_on(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(DownloadError, match=r"the connection broke at 2 MB\. .* goes on where it stopped\."):
        download(tmp_path, fetch=failing(error, megabytes=2))
    assert list(tmp_path.rglob("*.archive"))


def permission_errors() -> list[Exception]:
    from kagglehub.exceptions import CredentialError, UnauthenticatedError

    return [
        http_error(401),
        http_error(403),
        UnauthenticatedError(),
        CredentialError("A JWT Token is required"),
        ValueError("Invalid Kaggle credentials file at kaggle.json"),
    ]


@pytest.mark.parametrize("error", permission_errors(), ids=repr)
def test_without_permission_the_message_names_the_token(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(DownloadError, match=r"Expected permission to fetch .*KAGGLE_API_TOKEN"):
        download(tmp_path, fetch=failing(error))


@pytest.mark.parametrize("status", [404, 429, 503])
def test_another_answer_of_kaggle_is_named_by_its_status(tmp_path: Path, status: int) -> None:
    with pytest.raises(DownloadError, match=f"Received: HTTP status {status}"):
        download(tmp_path, fetch=failing(http_error(status)))


def test_a_damaged_archive_is_removed_so_that_the_next_try_can_succeed(tmp_path: Path) -> None:
    from kagglehub.exceptions import DataCorruptionError

    for error in (ValueError("Unsupported archive type."), DataCorruptionError("MD5"), EOFError()):
        with pytest.raises(DownloadError, match="damaged one, now removed"):
            download(tmp_path / type(error).__name__, fetch=failing(error, megabytes=1))
    assert not list(tmp_path.rglob("*.archive"))


def test_a_disk_that_fills_up_on_the_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="a full disk"):
        download(tmp_path, fetch=failing(OSError(errno.ENOSPC, "No space left on device")))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="Received: Not a directory for"):
        download(tmp_path / "file" / "kaggle", fetch=slowly)


def test_a_download_that_stands_still_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stand_still(cache: Path, stop: threading.Event) -> Path:
        assert stop.wait(60)
        return cache

    monkeypatch.setattr(kaggle, "_PATIENCE_SECONDS", 0.05)
    with pytest.raises(DownloadError, match="Expected data from Kaggle"):
        download(tmp_path, fetch=stand_still)


def test_a_second_download_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".kagglehub").mkdir()
    with (tmp_path / ".kagglehub" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="another one is running"):
            download(tmp_path, fetch=slowly)


def test_an_archive_with_other_contents_is_refused(tmp_path: Path) -> None:
    def other(cache: Path, stop: threading.Event) -> Path:
        return cache

    with pytest.raises(DownloadError, match=f"Expected a folder {ROOT} in the download"):
        download(tmp_path, fetch=other)
