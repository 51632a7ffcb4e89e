"""Take the pictures under docs/screenshots: `make screenshots`. All cells in them are drawn."""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Page, expect

from core import store
from core.config import PROJECT_ROOT, prepare_environment
from core.data.demo import write_demo
from tests.browser import chromium_window, dashboard_server, open_page, settled, start_training, upload

OUT = PROJECT_ROOT / "docs" / "screenshots"
CELLS, SUBJECTS, SEED = 8, 4, 77  # drawn for these pictures only


def main() -> None:
    """Walk through the pages as a new user does, on an empty workspace."""
    prepare_environment()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(PROJECT_ROOT / "models" / store.DEMO, folder / "models" / store.DEMO)
        cells = write_demo(folder / "cells", cells=CELLS, subjects=SUBJECTS, seed=SEED)
        with (
            dashboard_server(folder, models=folder / "models") as address,
            chromium_window(width=1440, height=1200) as page,
        ):
            page.goto(address)
            upload(page, sorted(cells.rglob("*.bmp")), stopped=1)
            _take(page, "upload")
            page.get_by_role("radio", name="Review", exact=True).click()
            expect(page.get_by_text("0 reviewed")).to_be_visible()
            _take(page, "review")
            page.get_by_role("radio", name="Patient sheet", exact=True).click()
            expect(page.get_by_text("Look at these first")).to_be_visible()
            _take(page, "sheet")
            open_page(page, "Explore")
            expect(page.get_by_text("none of the 24 subjects stands on two sides")).to_be_visible()
            _take(page, "explore")
            open_page(page, "Train")
            start_training(page, "my-first-model", epochs=5, smallest=False)
            expect(page.get_by_text("my-first-model · Done")).to_be_visible()
            _take(page, "train")
            open_page(page, "Compare")
            page.get_by_role("button", name="Compare", exact=True).click()
            results = page.get_by_role("heading", name="Results")
            expect(results).to_be_visible()
            settled(page)
            results.scroll_into_view_if_needed()
            _take(page, "compare", scrolled=True)
            open_page(page, "Models")
            _take(page, "models")


def _take(page: Page, name: str, *, scrolled: bool = False) -> None:
    settled(page)
    page.wait_for_timeout(1500)  # Plotly and Streamlit fade things in
    if not scrolled:
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.screenshot(path=OUT / f"{name}.png")
    print(OUT / f"{name}.png")


if __name__ == "__main__":
    main()
