"""The view of label suspects: a planted wrong label is found; decisions can be undone, exported and imported."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.config import settings
from core.data.demo import write_demo
from core.data.edits import Decision, decide, edits_file, log, to_csv
from core.types import silent
from dashboard import resources
from dashboard.state import Source
from tests.pages.conftest import Open, texts
from tests.pages.test_explore_page import class_folders

WRONG = "UID_4_1_3_hem.bmp"
HEADLINES = ("Suspects", "Of these reviewed", "Labels changed", "Cells excluded")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """168 drawn cells of 24 subjects; a large ALL cell of subject 4 is called HEM by its file's name and folder."""
    root = write_demo(tmp_path_factory.mktemp("planted"), cells=168, subjects=24, seed=0)
    cell = root / "training_data/fold_1/all" / WRONG.replace("_hem", "_all")
    folder = root / "training_data/fold_1/hem"
    folder.mkdir(exist_ok=True)
    cell.rename(folder / WRONG)
    return root


def counted(app: AppTest) -> dict[str, int]:
    return {metric.label: int(metric.value) for metric in app.metric if metric.label in HEADLINES}


def cards(app: AppTest) -> list[str]:
    """Files of the suspects on the page, in order."""
    captions = [caption for picture in app.image for caption in picture.captions]
    return [re.search(r"[\w-]+\.bmp", caption)[0] for caption in captions if ".bmp" in caption]  # type: ignore[index]


def choose(app: AppTest, file: str, choice: str, note: str = "") -> None:
    """Decide on the suspect with this file name."""
    number = cards(app).index(file)
    control = [group for group in app.button_group if group.label == "Decision"][number]
    control.set_value(next(option for option in control.options if option.startswith(choice)))
    if note:
        [field for field in app.text_input if field.label == "Note"][number].set_value(note)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def disabled(app: AppTest, label: str) -> bool:
    buttons = [*app.get("button"), *app.get("download_button")]
    return next(bool(button.proto.disabled) for button in buttons if button.label == label)


def table(app: AppTest) -> list[tuple[str, str, str, str]]:
    """File, decision, new label and note of each row of the table of decisions."""
    found = [frame.value for frame in app.dataframe if "Decision" in frame.value.columns]
    columns = ["File", "Decision", "New label", "Note"]
    return [(row[0].split("/")[-1], *row[1:]) for rows in found for row in rows[columns].itertuples(index=False)]


def decided(folder: Path) -> list[tuple[str, str, str, str]]:
    """The same of what is in the file, the oldest first."""
    return [(one.path.split("/")[-1], one.action, one.label, one.note) for one in log(edits_file(settings(), folder))]


def steps(folder: Path) -> int:
    return len({one.decided for one in log(edits_file(settings(), folder))})


def upload(app: AppTest, content: bytes, *, name: str = "labels.csv") -> None:
    app.file_uploader(key="labels_csv").set_value((name, content, "text/csv")).run()
    press(app, "Import")


def test_a_planted_wrong_label_is_found_and_the_page_says_what_a_suspect_is(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    assert WRONG in cards(app)[:3]
    assert len(cards(app)) == 12
    assert texts(app, "markdown").count("Looks like **ALL**: 9") >= 1
    assert counted(app)["Suspects"] > 12
    assert counted(app) | {"Suspects": 0} == dict.fromkeys(HEADLINES, 0)
    assert "A suspect is a cell that looks like the other class to a model that never saw its subject" in texts(
        app, "caption"
    )
    assert re.search(r"it tells ALL from HEM with AUROC 0\.\d\d ", texts(app, "caption"))
    assert not table(app)
    assert disabled(app, "Undo the last step")
    assert disabled(app, "Download as CSV")


def test_decisions_of_one_page_are_saved_as_one_step_and_change_the_data_set(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    suspects = counted(app)["Suspects"]
    other, third = [file for file in cards(app) if file != WRONG][:2]
    choose(app, WRONG, "It is ALL", "clearly a blast")
    choose(app, other, "Exclude")
    choose(app, third, "Keep")
    press(app, "Save decisions")
    assert sorted(decided(planted)) == sorted(
        [(WRONG, "relabel", "ALL", "clearly a blast"), (other, "exclude", "", ""), (third, "keep", "", "")]
    )
    assert steps(planted) == 1
    assert (counted(app)["Labels changed"], counted(app)["Cells excluded"]) == (1, 1)
    assert not {WRONG, other, third} & set(cards(app))
    assert counted(app)["Suspects"] != suspects or counted(app)["Of these reviewed"] == 1
    assert (WRONG, "Relabel", "ALL", "clearly a blast") in table(app)


def test_a_kept_cell_stays_a_suspect_that_is_shown_on_request_with_its_decision(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    choose(app, WRONG, "Keep", "seen on the slide")
    press(app, "Save decisions")
    assert counted(app)["Of these reviewed"] == 1
    assert WRONG not in cards(app)
    app.toggle(key="suspects_reviewed").set_value(True).run()
    number = cards(app).index(WRONG)
    assert [group.value for group in app.button_group if group.label == "Decision"][number] == "Keep HEM"
    assert [field.value for field in app.text_input if field.label == "Note"][number] == "seen on the slide"
    press(app, "Save decisions")
    assert "Expected a new decision on one cell or more. Received: none." in texts(app, "error")
    assert steps(planted) == 1
    choose(app, WRONG, "It is ALL")
    press(app, "Save decisions")
    assert decided(planted)[-1] == (WRONG, "relabel", "ALL", "seen on the slide")
    assert steps(planted) == 2
    assert counted(app)["Labels changed"] == 1


def test_each_undo_takes_one_step_back_until_none_is_left(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    before = cards(app)
    one, two, three = before[:3]
    choose(app, one, "Exclude")
    press(app, "Save decisions")
    choose(app, two, "It is")
    choose(app, three, "It is")
    press(app, "Save decisions")
    assert len(decided(planted)) == 3
    press(app, "Undo the last step")
    assert [file for file, *_ in decided(planted)] == [one]
    assert counted(app)["Cells excluded"] == 1
    assert counted(app)["Labels changed"] == 0
    press(app, "Undo the last step")
    assert decided(planted) == []
    assert cards(app) == before
    assert disabled(app, "Undo the last step")


def test_a_decision_that_was_undone_while_shown_is_no_longer_chosen(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    app.toggle(key="suspects_reviewed").set_value(True).run()
    choose(app, WRONG, "Keep")
    press(app, "Save decisions")
    press(app, "Undo the last step")
    assert all(group.value is None for group in app.button_group if group.label == "Decision")


def test_decisions_survive_another_page_and_a_new_session(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    choose(app, WRONG, "It is ALL", "clearly a blast")
    press(app, "Save decisions")
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert table(app) == [(WRONG, "Relabel", "ALL", "clearly a blast")]
    st.cache_resource.clear()
    again = open_page("explore", planted, view="Labels")
    assert table(again) == [(WRONG, "Relabel", "ALL", "clearly a blast")]
    assert counted(again)["Labels changed"] == 1
    assert WRONG not in cards(again)


def test_to_keep_a_label_that_a_reviewer_gave_is_to_give_it_again(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    cells = resources.measures(Source(planted), progress=silent)
    (cell,) = cells[cells["path"].str.endswith("UID_4_3_1_all.bmp")].itertuples()
    decide(edits_file(settings(), planted), [Decision(cell.sha256, cell.path, "relabel", "HEM")])
    app.toggle(key="suspects_reviewed").set_value(True).run()
    number = cards(app).index("UID_4_3_1_all.bmp")
    assert [group.value for group in app.button_group if group.label == "Decision"][number] == "Keep HEM"
    choose(app, "UID_4_3_1_all.bmp", "Keep HEM", "two of us agree")
    press(app, "Save decisions")
    assert decided(planted)[-1] == ("UID_4_3_1_all.bmp", "relabel", "HEM", "two of us agree")
    assert counted(app)["Labels changed"] == 1


def first_log(open_page: Open, folder: Path) -> tuple[Decision, ...]:
    app = open_page("explore", folder, view="Labels")
    choose(app, WRONG, "It is ALL", "clearly, =a blast\n")
    other = next(file for file in cards(app) if file != WRONG)
    choose(app, other, "Exclude")
    press(app, "Save decisions")
    return log(edits_file(settings(), folder))


def test_what_was_exported_can_be_imported_where_nothing_was_decided(open_page: Open, planted: Path) -> None:
    before = first_log(open_page, planted)
    app = open_page("explore", planted, view="Labels")
    exported = to_csv(before)
    press(app, "Undo the last step")
    assert decided(planted) == []
    upload(app, exported.encode())
    after = log(edits_file(settings(), planted))
    assert [(one.sha256, one.action, one.label, one.note) for one in after] == [
        (one.sha256, one.action, one.label, one.note) for one in before
    ]
    assert steps(planted) == 1
    assert (counted(app)["Labels changed"], counted(app)["Cells excluded"]) == (1, 1)
    press(app, "Import")
    assert "All decisions of this file already hold here." in texts(app, "info")
    assert steps(planted) == 1
    press(app, "Undo the last step")
    assert decided(planted) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name,label\n1.bmp,ALL\n", "Expected the columns sha256, path, action, label, note, decided."),
        (f"sha256,path,action,label,note,decided\n{'0' * 64},x.bmp,keep,,,\n".encode(), "Received: line 2, x.bmp"),
        (f"sha256,path,action,label,note,decided\n{'0' * 64},x.bmp,drop,,,\n".encode(), "Received: line 2, drop."),
        (b"\xff\xfe\x00", "Expected a CSV file in UTF-8. Received: labels.csv"),
        (b"", "Expected the columns"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_and_nothing_is_lost(
    open_page: Open, planted: Path, content: bytes, sentence: str
) -> None:
    before = first_log(open_page, planted)
    app = open_page("explore", planted, view="Labels")
    upload(app, content)
    assert sentence in texts(app, "error")
    assert log(edits_file(settings(), planted)) == before


def test_saving_nothing_or_a_note_alone_is_refused_in_one_sentence(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    press(app, "Save decisions")
    assert "Expected a new decision on one cell or more. Received: none." in texts(app, "error")
    next(field for field in app.text_input if field.label == "Note").set_value("odd")
    choose(app, cards(app)[1], "Keep")
    press(app, "Save decisions")
    assert f"Received: a note alone on {cards(app)[0]}. Nothing was saved." in texts(app, "error")
    assert decided(planted) == []


def test_filters_leave_the_suspects_of_a_class_or_subject_and_survive_a_page_change(
    open_page: Open, planted: Path
) -> None:
    app = open_page("explore", planted, view="Labels")
    app.multiselect(key="suspects_subject").set_value(["4"]).run()
    assert WRONG in cards(app)
    assert {file.split("_")[1] for file in cards(app)} == {"4"}
    app.multiselect(key="suspects_label").set_value(["HEM"]).run()
    assert cards(app) == [WRONG]
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert cards(app) == [WRONG]
    choose(app, WRONG, "Keep")
    press(app, "Save decisions")
    assert cards(app) == []
    assert "No suspect matches these filters." in texts(app, "info")


def test_pages_show_twelve_suspects_each_and_other_ones(open_page: Open, planted: Path) -> None:
    app = open_page("explore", planted, view="Labels")
    first = cards(app)
    app.get("pagination")[0].set_value(2).run()
    assert len(first) == 12
    assert cards(app)
    assert not set(first) & set(cards(app))


def test_without_subjects_the_page_says_why_there_are_no_suspects(open_page: Open, tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "set", ("blast", "normal"))
    app = open_page("explore", folder, positive=("blast",), view="Labels")
    assert "These files name no subjects." in texts(app, "info")
    assert "Decisions" in [header.value for header in app.subheader]


def section() -> None:
    import streamlit as st

    from dashboard.components.labels import labels

    labels(st.session_state["set"], st.session_state["cells"])


def opened(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> AppTest:
    """The section alone, on the measured cells of a folder after a change."""
    dataset = resources.dataset(Source(folder), hashes=True, progress=silent)
    app = AppTest.from_function(section, default_timeout=120)
    app.session_state["cells"] = change(resources.measures(Source(folder), progress=silent))
    app.session_state["set"] = dataset
    app.run()
    assert not app.exception
    return app


def test_one_class_alone_has_no_suspects(workspace: Path, planted: Path) -> None:
    app = opened(planted, lambda cells: cells[cells["label"] == "ALL"])
    assert "There are no suspects to review. Expected measured cells of at least 2 persons" in texts(app, "info")
    assert "Received: HEM: 0, ALL: 15." in texts(app, "info")


def test_classes_that_differ_clearly_have_no_suspects(workspace: Path, planted: Path) -> None:
    app = opened(planted, lambda cells: cells.assign(area=1000.0 + 1000.0 * (cells["label"] == "ALL")))
    assert counted(app) == dict.fromkeys(HEADLINES, 0)
    assert "No cell looks enough like the other class" in texts(app, "success")


def test_when_all_suspects_have_been_reviewed_the_page_says_so(workspace: Path, planted: Path) -> None:
    app = opened(planted, lambda cells: cells)
    found, _ = resources.suspects(resources.measures(Source(planted), progress=silent), ("HEM", "ALL"))
    rows = found[["sha256", "path"]].itertuples(index=False)
    decide(edits_file(settings(), planted), [Decision(sha256, path, "keep") for sha256, path in rows])
    app.run()
    assert "All suspects have been reviewed." in texts(app, "success")
    assert counted(app)["Of these reviewed"] == counted(app)["Suspects"] == len(found)


def test_a_damaged_file_of_edits_is_named_and_left_alone(workspace: Path, planted: Path) -> None:
    app = opened(planted, lambda cells: cells)
    file = edits_file(settings(), planted)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("torn")
    app.run()
    assert str(file) in texts(app, "error")
    assert not app.metric
    assert file.read_text() == "torn"
