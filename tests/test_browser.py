"""The dashboard in a real Chromium, as a user walks through it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from core import store
from core.training import TrainingResult
from tests.browser import CHROMIUM, PAGES, chromium_window, dashboard_server, open_page, settled, start_training, upload

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, trained: TrainingResult) -> Iterator[str]:
    place = tmp_path_factory.mktemp("server")
    store.save(trained.classifier, place / "models")
    with dashboard_server(place, models=place / "models") as url:
        yield url


@pytest.fixture
def problems() -> list[str]:
    """What the browser's console and network complained of."""
    return []


@pytest.fixture
def page(address: str, problems: list[str]) -> Iterator[Page]:
    """The first page, in a window of a laptop's size."""

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"{message.text} ({message.location})")

    def request(url: str) -> None:
        if not url.startswith((address, "data:", "blob:", address.replace("http", "ws"))):
            problems.append(f"outside call to {url}")

    with chromium_window(width=1440, height=900) as window:
        window.on("console", console)
        window.on("pageerror", lambda error: problems.append(str(error)))
        window.on("request", lambda asked: request(asked.url))
        window.goto(address)
        expect(window.get_by_role("heading", name=PAGES["Upload"])).to_be_visible()
        yield window


def open_folder(page: Page, folder: Path) -> None:
    open_page(page, "Explore")
    page.get_by_text("Open another data set").click()
    page.get_by_role("radio", name="Folder on this computer").click()
    page.get_by_label("Folder", exact=True).fill(str(folder))
    page.get_by_label("Folder", exact=True).press("Tab")
    page.get_by_role("button", name="Open the folder").click()
    expect(page.get_by_text("C-NMC_Leukemia: drawn cells, not real ones")).to_be_visible()
    expect(page.get_by_text("72 cells", exact=True)).to_be_visible()  # above the grid, the last part of the page
    settled(page)


def test_every_page_opens_without_an_exception_a_console_error_or_an_outside_call(
    page: Page, problems: list[str]
) -> None:
    for name in PAGES:
        open_page(page, name)
        expect(page.get_by_text("For research use only.").first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    assert problems == []


def test_a_first_visit_to_explore_draws_and_shows_the_demo_data(page: Page, problems: list[str]) -> None:
    open_page(page, "Explore")
    expect(page.get_by_text("none of the 24 subjects stands on two sides")).to_be_visible()
    for section in ("Duplicates", "Quality", "Morphology", "Shortcuts", "Cells"):
        expect(page.get_by_role("heading", name=section, exact=True, level=2)).to_be_visible()
    expect(page.get_by_test_id("stImage").nth(23)).to_be_attached()  # a page of the grid; flagged cells come on top
    settled(page)
    assert problems == []


def test_four_drawn_cells_come_back_with_overlays(page: Page, drawn_folder: Path, problems: list[str]) -> None:
    upload(page, sorted(drawn_folder.rglob("*.bmp"))[:4])
    expect(page.get_by_text("trained on drawn cells, not on real ones")).to_be_visible()
    assert problems == []


@pytest.mark.real_data
def test_four_real_cells_come_back_with_overlays(page: Page, real_cells: Path, problems: list[str]) -> None:
    upload(page, sorted((real_cells / "cnmc-sample").rglob("*.bmp"))[::10])
    assert problems == []


def test_a_training_of_one_epoch_shows_its_curve_while_other_pages_answer(
    page: Page, drawn_folder: Path, problems: list[str]
) -> None:
    open_folder(page, drawn_folder)
    open_page(page, "Train")
    start_training(page, "browser", epochs=1, smallest=True)
    open_page(page, "Models")  # while the training runs
    open_page(page, "Train")
    expect(page.get_by_text("browser · Done")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(4)
    expect(page.get_by_text("Precision").first).to_be_attached()
    page.get_by_role("button", name="Use on Upload").click()
    expect(page.get_by_role("heading", name=PAGES["Upload"])).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("browser (drawn cells)")
    assert problems == []
