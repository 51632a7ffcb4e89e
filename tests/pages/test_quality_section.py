from pathlib import Path

import pytest

from core.data import pixels
from core.data.quality import CHECKS
from dashboard.components import quality
from tests.pages.conftest import Open, texts


def counts(app: object) -> dict[str, int]:
    table = next(frame.value for frame in app.dataframe if "Flagged" in frame.value.columns)  # type: ignore[attr-defined]
    return dict(zip(table["Check"], table["Flagged"], strict=True))


def test_every_check_is_counted_and_explained(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Quality")
    assert set(counts(app)) == {check.title for check in CHECKS.values()}
    assert "Quality" in [header.value for header in app.header]


def test_a_moved_threshold_moves_the_count_and_shows_the_worst_cells_first(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Quality")
    app.number_input(key="threshold_small").set_value(10_000.0).run()
    assert counts(app)["Odd size: small"] == 72
    app.selectbox(key="quality_check").set_value("small").run()
    assert not app.exception
    assert app.selectbox(key="quality_check").value == "small"
    app.number_input(key="threshold_small").set_value(1.0).run()
    assert counts(app)["Odd size: small"] == 0
    assert not app.exception


def test_thresholds_survive_a_page_change(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Quality")
    app.number_input(key="threshold_small").set_value(10_000.0).run()
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert counts(app)["Odd size: small"] == 72


def test_a_large_set_is_measured_only_when_the_user_says_so(
    open_page: Open, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []
    decode_file = pixels.decode_file
    monkeypatch.setattr(quality, "_ASK_FROM", 10)
    monkeypatch.setattr(pixels, "decode_file", lambda file: decoded.append(file) or decode_file(file))
    app = open_page("explore", drawn_folder, view="Quality")
    assert "need one look at the pixels of all 72 cells" in texts(app, "info")
    assert "Quality" not in [header.value for header in app.header]
    shown = len(decoded)
    next(button for button in app.button if button.label == "Measure the cells").click().run()
    assert "Quality" in [header.value for header in app.header]
    assert len(decoded) >= shown + 72
    app.run()
    assert "Measure the cells" not in [button.label for button in app.button]
    assert "Quality" in [header.value for header in app.header]
