"""Tables of what several models say, for display and as CSV."""

import io
from dataclasses import replace

import pandas as pd
import pytest

from core.agreement import NO_PROOF, agreement
from core.agreement_table import cell_rows, to_csv
from core.calls import ModelAnswers
from core.card import RESEARCH_NOTICE
from core.classify import Prediction
from tests.test_card import card, whole

CALIBRATED = ModelAnswers(
    whole(name="one", model_sha256="aa"),
    (
        Prediction("a.bmp", "ALL", 0.5, 0.75),
        Prediction("b.bmp", error="It is empty."),
        Prediction("=c.bmp", "HEM", 0.1, 0.2),
    ),
)
BARE = ModelAnswers(
    card(name="two", model_sha256="bb", origin="drawn, seed 0"),
    (Prediction("a.bmp", "ALL", 0.625), Prediction("b.bmp", "HEM", 0.125), Prediction("=c.bmp", "ALL", 0.25)),
)
FOUND = agreement([CALIBRATED, BARE])


def test_each_cell_is_a_row_with_the_call_of_each_model_in_the_order_wanted() -> None:
    table = cell_rows(FOUND, FOUND.places(disagreements_first=True))
    assert list(table.columns) == [
        "cell",
        "agreement",
        "majority",
        "one: class",
        "one: shown",
        "two: class",
        "two: shown",
    ]
    assert table["cell"].tolist() == ["=c.bmp", "b.bmp", "a.bmp"]
    assert table["agreement"].tolist() == ["disagree", "not all answer", "all agree"]
    assert table["majority"].tolist() == ["", "HEM", "ALL"]
    assert table["one: class"].tolist() == ["HEM", "", "ALL"]
    assert table["one: shown"].tolist() == pytest.approx([0.2, float("nan"), 0.75], nan_ok=True)
    assert table["two: shown"].tolist() == [0.25, 0.125, 0.625]


def test_a_table_without_cells_or_without_any_number_keeps_its_columns() -> None:
    silent = replace(BARE, answers=tuple(Prediction(answer.file, error="No.") for answer in BARE.answers))
    table = cell_rows(agreement([CALIBRATED, silent]), [1])
    assert table["two: shown"].isna().tolist() == [True]
    assert table["two: shown"].dtype == float
    assert list(cell_rows(FOUND, []).columns) == list(cell_rows(FOUND, [0]).columns)


def test_the_file_holds_scores_probabilities_reasons_hashes_and_caveats() -> None:
    read = pd.read_csv(io.StringIO(to_csv(FOUND, FOUND.places())), keep_default_na=False)
    first, second, third = read.to_dict("records")
    assert first["one: score for ALL"] == "0.5"
    assert first["one: calibrated probability of ALL"] == "0.75"
    assert first["two: calibrated probability of ALL"] == ""
    assert second["one: error"] == "It is empty."
    assert (second["one: model SHA-256"], second["two: model SHA-256"]) == ("aa", "bb")
    assert second["two: threshold"] == 0.25
    assert first["note"].startswith(f"{RESEARCH_NOTICE} {NO_PROOF} one: Probabilities were calibrated")
    assert "two: This model was trained on drawn cells, not on real ones" in first["note"]
    assert third["cell"] == "'=c.bmp"  # else a spreadsheet would compute it
