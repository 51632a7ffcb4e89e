"""What comes in on the Upload page: zips, folders, smears, and batches that are stopped."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import streamlit as st

from core import classify
from dashboard import state
from dashboard.components import answers
from tests.pages.conftest import Open, texts
from tests.pages.test_upload_page import rows, uploads


def smear() -> bytes:
    """A picture of two nuclei, 160 and 140 pixels across, with their surroundings."""
    image = np.full((450, 600, 3), (222, 214, 220), dtype=np.uint8)
    for x, radius in ((180, 80), (430, 70)):
        cv2.circle(image, (x, 220), radius, (70, 30, 80), cv2.FILLED)
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()


def test_a_cell_with_its_surroundings_is_cut_out_and_another_one_can_be_chosen(open_page: Open, stored: str) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value([("smear.png", smear(), "image/png")]).run()
    assert not app.exception
    assert [heading.value for heading in app.subheader] == ["Cells with their surroundings"]
    assert list(rows(app)["file"]) == ["smear.png, cell 1"]
    (numbers,) = [group for group in app.get("button_group") if group.label == "Cells to judge"]
    assert numbers.value == [0]
    numbers.set_value([0, 1]).run()
    assert list(rows(app)["file"]) == ["smear.png, cell 1", "smear.png, cell 2"]
    numbers.set_value([]).run()
    assert not app.exception
    assert "No cell is chosen." in texts(app, "info")


def test_cells_of_another_magnification_are_warned_of_and_can_be_enlarged(open_page: Open, stored: str) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value([("smear.png", smear(), "image/png")]).run()
    assert "magnification" not in texts(app, "warning")
    app.number_input(key="upload_scale").set_value(3.0).run()
    assert "cells are smaller or larger than those of C-NMC in smear.png. If the magnification" in texts(app, "warning")
    assert {key[-1] for key in app.session_state["upload_batch"].answers} == {(0, 0, 1.0), (0, 0, 3.0)}


def test_a_zip_stands_for_its_files_and_text_in_a_picture_is_warned_of(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    (name, content, _), *_ = uploads(drawn_folder, 1)
    named = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    cv2.putText(named, "ID 471123", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 1)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member, data in ((name, content), ("b.png", cv2.imencode(".png", named)[1].tobytes()), ("notes", b"no")):
            archive.writestr(member, data)
    app = open_page("upload")
    app.file_uploader[0].set_value([("cells.zip", stream.getvalue(), "application/zip")]).run()
    table = rows(app)
    assert list(table["file"]) == [f"cells.zip/{name}", "cells.zip/b.png", "cells.zip/notes"]
    assert [bool(error) for error in table["error"]] == [False, False, True]
    assert "There seems to be text in this picture. It may name a person. (cells.zip/b.png)" in texts(app, "warning")


def test_a_folder_is_taken_as_a_whole(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("upload")
    app.get("button_group")[0].set_value(["A folder"]).run()
    files = [(f"patient/{name}", content, kind) for name, content, kind in uploads(drawn_folder, 2)]
    app.file_uploader[0].set_value([*files, ("patient/.DS_Store", b"x", "")]).run()
    assert list(rows(app)["file"]) == [name for name, *_ in files]


def test_a_batch_that_was_stopped_keeps_its_answers_and_goes_on_when_the_user_says_so(
    open_page: Open, stored: str, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classify, "_BATCH", 2)
    calls: list[int] = []

    def stopping(classifier: Any, files: list[Any], **options: Any) -> Iterator[list[classify.Prediction]]:
        calls.append(len(files))
        for number, batch in enumerate(classify.classified(classifier, files, **options)):
            if len(calls) == 1 and number == 1:  # as a click on Stop does: the run ends there, and the next one knows
                state.stop_batch()
                st.stop()
            yield batch

    monkeypatch.setattr(answers, "classified", stopping)
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 5)).run()
    app.run()
    assert calls == [5]
    assert "Stopped: 2 of 5 cells were looked at." in texts(app, "info")
    assert len(rows(app)) == 2
    app.button(key="upload_resume").click().run()
    assert calls == [5, 3]
    assert len(rows(app)) == 5
    assert "Stopped" not in texts(app, "info")


def test_files_that_were_dropped_anew_begin_anew(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    app.session_state["upload_batch"].stopped = True
    app.file_uploader[0].set_value(uploads(drawn_folder, 3)).run()
    assert len(rows(app)) == 3
