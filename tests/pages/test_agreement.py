"""Several models on the same cells: which are asked, what is shown, and what is left out."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import store
from core.audit import AuditLog
from core.classical_training import ClassicalResult
from core.classify import Prediction
from core.config import settings
from core.errors import ModelError
from dashboard import resources
from dashboard.components import agreement, agreement_results
from dashboard.components.answers import answer_key
from tests.pages.conftest import texts
from tests.test_card import card

CALLS = {"one": "AAHH-", "two": "AHHHA", "three": "HAHAA"}
SAID = {"A": ("ALL", 0.75), "H": ("HEM", 0.125), "-": (None, None)}


def page(folder: str, chosen: str, count: int) -> None:
    """The five first cells of a folder, as Upload has them."""
    from pathlib import Path

    from core.data.upload import cells, uploads
    from dashboard import state
    from dashboard.components.agreement import others, several_models

    batch = state.batch(("files",))
    files = sorted(Path(folder).rglob("*.bmp"))[:count]
    found = cells(uploads((file.name, file.read_bytes()) for file in files), {})
    several_models(batch, found, chosen)
    shown = others(batch, found, chosen)
    for place in range(len(found)):
        shown(place)


@pytest.fixture
def asked(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stand-ins for the models of `CALLS`; the names of those that were loaded and asked, in order."""
    names: list[str] = []
    models = workspace.parent / "models"
    for name in CALLS:
        _store(models, name)

    def answers(classifier: Any, batch: Any, cells: Sequence[Any]) -> None:
        found = zip(cells, CALLS[classifier.card.name], strict=True)
        batch.answers |= {
            answer_key(classifier.card, cell): Prediction(cell.name, *SAID[letter]) for cell, letter in found
        }

    def classifier(name: str) -> SimpleNamespace:
        names.append(name)
        return SimpleNamespace(card=store.card(models, name))

    monkeypatch.setattr(agreement, "answers", answers)
    monkeypatch.setattr(resources, "classifier", classifier)
    yield names
    st.cache_resource.clear()


def _store(models: Path, name: str, **changes: Any) -> None:
    (models / name).mkdir(parents=True)
    changes = {"model_sha256": name, "data_fingerprint": name, **changes}
    (models / name / store.CARD).write_text(card(name=name, **changes).to_json(), encoding="utf-8")


Show = Callable[..., AppTest]


@pytest.fixture
def show(drawn_folder: Path) -> Show:
    def show_it(*models: str, chosen: str = "one") -> AppTest:
        app = AppTest.from_function(page, args=(str(drawn_folder), chosen, len(CALLS["one"])), default_timeout=60).run()
        if models:
            app.multiselect(key="agreement_models").set_value(list(models)).run()
        assert not app.exception
        return app

    return show_it


def test_where_one_model_is_stored_the_page_says_how_to_get_more(workspace: Path, show: Show) -> None:
    _store(workspace.parent / "models", "one")
    app = show()
    assert app.info[0].value.startswith("Only one model is stored. To ask several, train another one on the Train page")
    assert not app.multiselect


def test_no_other_model_is_asked_before_somebody_chooses_it(asked: list[str], show: Show) -> None:
    app = show()
    assert app.multiselect(key="agreement_models").options == ["three", "two"]
    assert app.info[0].value == "Choose at least one model to set beside the one above."
    assert (asked, len(app.dataframe), len(app.caption)) == ([], 0, 0)


def test_two_models_are_set_side_by_side_in_sentences_tables_and_pictures(asked: list[str], show: Show) -> None:
    app = show("two")
    assert asked == ["one", "two"]
    assert "- Both models agree on 3 of 5 cells; on 1 they disagree, on 1 other at least" in texts(app, "markdown")
    assert "one and two call 3 the same. Cohen's kappa is 0.50" in texts(app, "markdown")
    assert "agreement is no proof." in texts(app, "markdown")
    models, cells = app.table[0].value, app.dataframe[0].value
    assert models["Called ALL"].tolist() == ["2", "2"]
    assert models["Called HEM"].tolist() == ["2", "3"]
    assert models["No answer"].tolist() == ["1", "0"]
    assert cells["agreement"].tolist() == ["all agree", "disagree", "all agree", "all agree", "not all answer"]
    assert cells["two: shown"].tolist() == [0.75, 0.125, 0.125, 0.125, 0.75]
    assert len(app.image) == 1
    name = cells["cell"][1]
    assert f"{name}  \none: :orange[ALL 0.75]  \ntwo: :blue[HEM 0.12]" in texts(app, "caption")


def test_three_models_have_a_table_of_their_pairs(asked: list[str], show: Show) -> None:
    app = show("two", "three")
    assert "- All 3 models agree on 1 of 5 cells; on 3 they disagree, on 1 other at least" in texts(app, "markdown")
    assert len(app.dataframe) == 2
    pairs = app.dataframe[0].value
    assert pairs["both"].tolist() == [4, 4, 5]
    assert pairs["same"].tolist() == [3, 2, 2]
    assert pairs["kappa"].tolist() == pytest.approx([0.5, 0.0, (2 / 5 - 12 / 25) / (1 - 12 / 25)])
    assert len(app.image) == 3


def test_the_table_can_be_narrowed_and_the_disagreements_put_first(asked: list[str], show: Show) -> None:
    app = show("two")
    names = app.dataframe[0].value["cell"].tolist()
    app.toggle(key="agreement_first").set_value(True).run()
    assert app.dataframe[0].value["cell"].tolist() == [names[place] for place in (1, 4, 0, 2, 3)]
    app.segmented_control(key="agreement_show").set_value("disagree").run()
    assert app.dataframe[0].value["cell"].tolist() == [names[1]]
    app.segmented_control(key="agreement_show").set_value("all agree").run()
    assert app.dataframe[0].value["cell"].tolist() == [names[0], names[2], names[3]]
    assert asked == ["one", "two"]


def test_a_verdict_that_no_cell_has_is_said(asked: list[str], show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CALLS, "two", CALLS["one"])
    app = show("two")
    assert not app.image
    app.segmented_control(key="agreement_show").set_value("disagree").run()
    assert "There is no such cell." in texts(app, "caption")
    assert not app.dataframe


def test_many_disagreements_are_shown_in_pages(asked: list[str], show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement_results, "_PER_PAGE", 2)
    app = show("two", "three")
    assert len(app.image) == 2
    app.get("pagination")[0].set_value(2).run()
    assert len(app.image) == 1


def test_models_that_have_answered_all_cells_are_not_loaded_again(asked: list[str], show: Show) -> None:
    app = show("two", "three")
    assert asked == ["one", "two", "three"]
    app.multiselect(key="agreement_models").set_value(["three"]).run()
    app.multiselect(key="agreement_models").set_value(["three", "two"]).run()
    assert asked == ["one", "two", "three"]


def test_a_model_that_cannot_be_used_is_a_row_with_its_reason(
    asked: list[str], workspace: Path, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    _store(workspace.parent / "models", "other", classes=("normal", "blast"))
    (workspace.parent / "models" / "damaged").mkdir()
    _store(workspace.parent / "models", "copy", model_sha256="one")
    known = resources.classifier

    def refusing(name: str) -> Any:
        if name == "three":
            raise ModelError("Expected three/model.keras with the hash in its card. Received: a changed file.")
        return known(name)

    monkeypatch.setattr(resources, "classifier", refusing)
    app = show("three", "other", "damaged", "copy", "two")
    rows = app.table[0].value
    assert rows["Model"].tolist() == ["one", "two", "three", "other", "damaged", "copy"]
    assert rows["Called ALL"].tolist() == ["2", "2", "", "", "", ""]
    assert rows["To be known"].tolist()[2:] == [
        "Left out. Expected three/model.keras with the hash in its card. Received: a changed file.",
        "Left out. Expected a model that tells ALL from HEM, as one does. Received: other, which tells blast from "
        "normal.",
        "Left out. Expected a card.json that can be read. Received: none.",
        "Left out. Expected another model than one. Received: copy, a copy of it.",
    ]
    assert "- Both models agree on 3 of 5 cells" in texts(app, "markdown")
    app.multiselect(key="agreement_models").set_value(["three"]).run()
    assert not app.exception
    assert app.table[0].value["Model"].tolist() == ["one", "three"]
    assert "agree" not in texts(app, "markdown")


def test_asking_can_be_stopped_and_goes_on_when_the_user_says_so(
    asked: list[str], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = agreement.answers

    def stopping(classifier: Any, batch: Any, cells: Sequence[Any]) -> None:
        everything(classifier, batch, cells)
        if classifier.card.name == "two" and not batch.stopped and "resumed" not in st.session_state:
            for cell in cells[2:]:
                del batch.answers[answer_key(classifier.card, cell)]
            batch.stopped = st.session_state["resumed"] = True

    monkeypatch.setattr(agreement, "answers", stopping)
    app = show("two")
    assert "Stopped: 2 of 5 cells were looked at by all these models." in texts(app, "info")
    assert "- Both models agree on 1 of 2 cells; on 1 they disagree." in texts(app, "markdown")
    app.multiselect(key="agreement_models").set_value(["two", "three"]).run()
    assert asked == ["one", "two"]
    assert "Stopped: 0 of 5 cells were looked at by all these models." in texts(app, "info")
    assert not app.table
    app.button(key="agreement_resume").click().run()
    assert asked == ["one", "two", "two", "three"]
    assert "Stopped" not in texts(app, "info")
    assert "- All 3 models agree on 1 of 5 cells" in texts(app, "markdown")


def test_the_model_on_the_page_is_always_in_also_when_it_was_one_of_the_others(
    asked: list[str], show: Show, drawn_folder: Path
) -> None:
    app = show("two", "three")
    app.args = (str(drawn_folder), "two", 5)
    app.run()
    assert not app.exception
    assert app.table[0].value["Model"].tolist() == ["two", "three"]


def test_beside_a_cell_stand_the_calls_of_the_models_that_were_asked(asked: list[str], show: Show) -> None:
    app = show("two", "three")
    app.multiselect(key="agreement_models").set_value([]).run()
    said = [caption.value for caption in app.caption]
    assert said[0] == "Other models, with the probability or score for ALL: three HEM 0.12, two ALL 0.75."
    assert len(said) == 5
    last = show("one", "three", chosen="two").caption[-1].value
    assert last == "Other models, with the probability or score for ALL: one no answer, three ALL 0.75."


def unanswered(folder: str, chosen: str) -> None:
    """Two cells of a folder and a file that is no image, answered by nobody so far."""
    from pathlib import Path

    from core.data.upload import cells, uploads
    from dashboard import state
    from dashboard.components.agreement import several_models

    batch = state.batch(("files",))
    files = [(file.name, file.read_bytes()) for file in sorted(Path(folder).rglob("*.bmp"))[:2]]
    found = cells(uploads([*files, ("notes.png", b"no image")]), {})
    several_models(batch, found, chosen)


def test_a_network_and_a_scikit_learn_model_answer_the_same_cells(
    stored: str, fitted: ClassicalResult, workspace: Path, drawn_folder: Path
) -> None:
    svc = store.save(fitted.model, workspace.parent / "models")
    app = AppTest.from_function(unanswered, args=(str(drawn_folder), stored), default_timeout=60).run()
    assert not app.session_state["upload_batch"].answers
    app.multiselect(key="agreement_models").set_value(["svc"]).run()
    assert not app.exception
    assert app.table[0].value["Model"].tolist() == ["tiny (drawn cells)", "svc (drawn cells)"]
    answered = app.session_state["upload_batch"].answers
    said = [answer for key, answer in answered.items() if key[0] == svc.model_sha256]
    rows = app.dataframe[0].value
    assert rows["svc: class"].tolist() == [answer.label or "" for answer in said]
    assert rows["agreement"][2] == "not all answer"
    assert [entry.model_sha256 for entry in AuditLog(settings().database).entries()].count(svc.model_sha256) == 3
