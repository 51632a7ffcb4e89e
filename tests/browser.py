"""The dashboard's server and a Chromium to look at it, for the browser tests and the pictures in the docs."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Page, expect, sync_playwright

from core.config import PROJECT_ROOT

CHROMIUM = shutil.which("chromium")
PAGES = {
    "Upload": "Is this cell leukemic?",
    "Cases": "Cases",
    "Explore": "Explore the data set",
    "Train": "Train a network",
    "Compare": "Compare models",
    "Models": "Model cards",
}
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 90_000  # milliseconds


@contextmanager
def dashboard_server(folder: Path, *, models: Path) -> Iterator[str]:
    """Run the dashboard on a free port with its workspace in `folder`; the address is yielded once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)],
            cwd=PROJECT_ROOT,
            env={**os.environ, "LEUKOSCOPE_HOME": str(folder / "workspace"), "LEUKOSCOPE_MODELS": str(models)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(f"{address}/_stcore/health")
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own server
                if answer.status == 200:
                    return
        except URLError:
            time.sleep(0.1)
    raise TimeoutError(f"no answer from {url}")


@contextmanager
def chromium_window(*, width: int, height: int) -> Iterator[Page]:
    """Open an empty window; every step in it may take as long as a training of one epoch does."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        window = browser.new_page(viewport={"width": width, "height": height})
        window.set_default_timeout(_PATIENCE)
        yield window
        browser.close()


def open_page(page: Page, name: str) -> None:
    """Click a page's name in the navigation and wait until it has run to its end."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=PAGES[name], level=1)).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page has run and its pictures are there: the server forgets them once another page is shown."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def upload(page: Page, files: list[Path], *, stopped: int = 0) -> None:
    """Upload cells and wait until each has come back with its overlay, but for those that a gate stops."""
    page.locator("input[type=file]").set_input_files([str(file) for file in files])
    overlays = page.get_by_alt_text("Overlay of", exact=False)
    expect(overlays).to_have_count(len(files) - stopped)
    for picture in overlays.all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())


def start_training(page: Page, name: str, *, epochs: int, smallest: bool) -> None:
    """Fill in the form on the Train page and press its button."""
    page.get_by_label("Name of the model").fill(name)
    slider = page.get_by_role("slider", name="Epochs")
    slider.press("Home")
    for _ in range(epochs - 1):
        slider.press("ArrowRight")
    if smallest:
        page.get_by_text("Advanced").click()
        page.get_by_role("slider", name="Image size in pixels").press("Home")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(f"{name} · ")).to_be_visible()
