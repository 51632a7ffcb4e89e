"""The dashboard in a real Chromium, as a user walks through it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from core import store
from core.training import TrainingResult
from dashboard.components.views import VIEWS
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
    expect(page.get_by_text("none of the 12 subjects stands on two sides")).to_be_visible()  # the end of the page
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
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(4)
    assert problems == []


@pytest.mark.slow
def test_every_view_of_explore_opens_and_the_details_of_a_cell_with_it(
    page: Page, drawn_folder: Path, problems: list[str]
) -> None:
    open_folder(page, drawn_folder)
    for view in VIEWS[1:]:
        page.get_by_role("radio", name=view, exact=True).click()
        expect(page.get_by_role("heading", name=view, exact=True, level=2)).to_be_visible()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("radio", name="Cells", exact=True).click()
    expect(page.get_by_text("72 of 72 cells")).to_be_visible()
    page.get_by_role("button", name="Details").first.click()
    window = page.get_by_role("dialog")
    expect(window.get_by_text("Most similar cells")).to_be_visible()
    expect(window.get_by_test_id("stImage")).to_have_count(7)
    settled(page)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    assert problems == []


@pytest.mark.slow
def test_a_loop_on_the_map_shows_the_cells_in_it(page: Page, drawn_folder: Path, problems: list[str]) -> None:
    open_folder(page, drawn_folder)
    page.get_by_role("radio", name="Map", exact=True).click()
    expect(page.get_by_text("Draw a loop around points")).to_be_visible()
    settled(page)
    plot = page.locator(".nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    left, right = box["x"] + 5, box["x"] + box["width"] - 5
    top, bottom = box["y"] + 5, box["y"] + box["height"] - 5
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(page.get_by_text("72 cells selected")).to_be_visible()
    settled(page)
    assert problems == []


def test_four_drawn_cells_come_back_with_overlays(page: Page, drawn_folder: Path, problems: list[str]) -> None:
    upload(page, sorted(drawn_folder.rglob("*.bmp"))[:4])
    expect(page.get_by_text("trained on drawn cells, not on real ones")).to_be_visible()
    assert problems == []


@pytest.mark.slow
def test_a_reviewer_decides_by_keys_keeps_the_case_and_finds_it_again(
    page: Page, drawn_folder: Path, problems: list[str]
) -> None:
    upload(page, sorted(drawn_folder.rglob("*.bmp"))[:3])
    page.get_by_role("radio", name="Review", exact=True).click()
    name = page.get_by_role("textbox", name="Reviewer")
    name.fill("Dr Eve")
    name.press("Tab")
    for key, said in (("a", "1 reviewed, 2 open"), ("u", "2 reviewed, 1 open"), ("z", "1 reviewed, 2 open")):
        settled(page)
        page.keyboard.press(key)
        expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("radio", name="Patient sheet", exact=True).click()
    page.get_by_role("textbox", name="Title").fill("Bed 4")
    page.get_by_role("button", name="Keep this case").click()
    expect(page.get_by_text("Kept as 'Bed 4'.")).to_be_visible()
    settled(page)
    open_page(page, "Cases")
    expect(page.get_by_test_id("stDataFrame")).to_have_count(1)
    assert problems == []


@pytest.mark.slow
@pytest.mark.real_data
def test_four_real_cells_come_back_with_overlays(page: Page, real_cells: Path, problems: list[str]) -> None:
    upload(page, sorted((real_cells / "cnmc-sample").rglob("*.bmp"))[::10])
    assert problems == []


@pytest.mark.slow
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
