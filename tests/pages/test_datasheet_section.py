from pathlib import Path

from tests.pages.conftest import Open


def test_the_sheet_can_be_taken_away_as_html_and_json(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Data sheet")
    buttons = {button.label: button for button in app.get("download_button")}
    assert set(buttons) == {"Download as HTML", "Download as JSON"}
    assert not app.exception
