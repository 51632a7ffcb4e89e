"""The real kagglehub in its process, against a stand-in for Kaggle on the loopback interface."""

import io
import json
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from core.data.kaggle import ROOT, download
from core.data.kagglehub_process import fetch_with_kagglehub
from core.errors import Cancelled, DownloadError

CELL = f"{ROOT}/training_data/fold_0/all/UID_1_1_1_all.bmp"
PIXELS = np.random.default_rng(0).bytes(3_000_000)

# Loaded by every Python that finds it on its path: sends kagglehub to the stand-in.
REDIRECT = """
import os
import kagglesdk.kaggle_env as environment
environment._env_to_endpoint[environment.KaggleEnv.PROD] = os.environ["STAND_IN"]
"""


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(CELL, PIXELS)
    return stream.getvalue()


@dataclass
class StandIn:
    """A Kaggle that can refuse, break off and dawdle."""

    data: bytes
    status: int = 200
    break_after: int | None = None
    seconds_a_chunk: float = 0.0
    ranges: list[str] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    """Answers for the `StandIn` of its server."""

    server: "Server"

    def log_message(self, *arguments: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.state.status != 200:
            self.answer(
                self.server.state.status, json.dumps({"code": self.server.state.status, "message": "No."}).encode()
            )
        elif self.path.endswith("GetDataset"):
            self.answer(200, json.dumps({"currentVersionNumber": 2}).encode())
        else:
            self.send_response(302)
            self.send_header("Location", f"{self.server.state.address}/archive.zip")
            self.end_headers()

    def do_GET(self) -> None:
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.server.state.ranges.append(self.headers.get("Range", ""))
        self.send_response(206 if start else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(self.server.state.data) - start))
        self.end_headers()
        for position in range(start, len(self.server.state.data), 100_000):
            if self.server.state.break_after is not None and position - start >= self.server.state.break_after:
                return
            try:
                self.wfile.write(self.server.state.data[position : position + 100_000])
            except ConnectionError:
                return
            time.sleep(self.server.state.seconds_a_chunk)

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server that holds its `StandIn`."""

    state: StandIn


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    state = StandIn(archive())

    server = Server(("127.0.0.1", 0), Handler)
    server.state = state
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(REDIRECT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    monkeypatch.setenv("STAND_IN", state.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # no credentials of whoever runs this
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR", "KAGGLE_API_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.kaggle.UNPACKED_BYTES", 3_000_000)
    monkeypatch.setattr("core.data.kaggle.ARCHIVE_BYTES", 3_000_000)


def test_the_archive_is_fetched_and_unpacked_into_the_target_only(kaggle: StandIn, tmp_path: Path) -> None:
    root = download(tmp_path / "out")
    assert (root.parent / CELL).read_bytes() == PIXELS
    assert [path.name for path in (tmp_path / "out").iterdir()] == [ROOT]
    assert not (tmp_path / "home").exists()


def test_a_download_cut_off_in_the_middle_goes_on_where_it_stopped(kaggle: StandIn, tmp_path: Path) -> None:
    kaggle.break_after = 2_000_000
    with pytest.raises(DownloadError, match=r"the connection broke at \d MB\. .* goes on where it stopped"):
        download(tmp_path / "out")
    (partial,) = (tmp_path / "out").rglob("*.archive")
    kept = partial.stat().st_size
    kaggle.break_after = None
    root = download(tmp_path / "out")
    assert 1_000_000 <= kept <= 2_000_000
    assert kaggle.ranges[-1] == f"bytes={kept}-"
    assert (root.parent / CELL).read_bytes() == PIXELS


def test_cancelling_ends_the_process_and_keeps_what_it_has(kaggle: StandIn, tmp_path: Path) -> None:
    kaggle.seconds_a_chunk = 1.0

    def cancel(done: int, total: int, text: str) -> None:
        if list((tmp_path / "out").rglob("*.archive")):
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        download(tmp_path / "out", progress=cancel)
    (partial,) = (tmp_path / "out").rglob("*.archive")
    assert partial.stat().st_size < len(kaggle.data)
    assert not (tmp_path / "out" / ROOT).exists()


@pytest.mark.parametrize(("status", "expected"), [(403, "Expected permission to fetch"), (404, "HTTP status 404")])
def test_a_refusal_of_kaggle_becomes_one_sentence(kaggle: StandIn, tmp_path: Path, status: int, expected: str) -> None:
    kaggle.status = status
    with pytest.raises(DownloadError, match=expected):
        download(tmp_path / "out")


def test_an_archive_that_is_none_is_removed(kaggle: StandIn, tmp_path: Path) -> None:
    kaggle.data = b"<html>" * 1000
    with pytest.raises(DownloadError, match="damaged one, now removed"):
        download(tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.archive"))


def test_without_a_server_the_message_says_that_there_is_no_connection(
    kaggle: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match=r"Expected an internet connection to Kaggle\. Received: none\."):
        download(tmp_path / "out")


def test_a_process_that_dies_is_named_by_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kagglehub.py").write_text("raise RuntimeError('out of order')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DownloadError, match="Received: RuntimeError: out of order"):
        fetch_with_kagglehub(tmp_path, threading.Event())


def test_the_download_ends_with_the_program_that_started_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kagglehub.py").write_text("import time\nexceptions = None\ntime.sleep(60)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = [sys.executable, "-m", "core.data.kagglehub_process", "1"]  # whose parent is already another
    assert subprocess.run(command, timeout=30, check=False).returncode == 1
