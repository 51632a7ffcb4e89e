from pathlib import Path

from tests.pages.conftest import Open, texts
from tests.pages.test_explore_page import class_folders


def test_the_audit_says_what_each_kind_of_property_gives_alone(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Shortcuts")
    assert "Shortcuts" in [header.value for header in app.header]
    assert "- By size: " in texts(app, "markdown")
    assert "A model that does not beat it may have learned nothing but size." in texts(app, "markdown")


def test_without_subjects_the_audit_says_why_there_is_none(open_page: Open, tmp_path: Path) -> None:
    app = open_page(
        "explore", class_folders(tmp_path / "set", ("blast", "normal")), positive=("blast",), view="Shortcuts"
    )
    assert "The audit needs at least two subjects of each class." in texts(app, "info")
    assert not app.exception
