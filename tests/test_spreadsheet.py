"""No text that was typed is computed by a spreadsheet."""

import pandas as pd
import pytest

from core.spreadsheet import neutral, to_csv


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "  =1+1",
        "\ufeff=1",
        "\uff1d1",
        '=HYPERLINK("http://127.0.0.1")',
    ],
)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "cell-1.bmp", "a = b", "'=1", "Łucja", "1+1"])
def test_other_texts_stay(text: str) -> None:
    assert neutral(text) == text


def test_in_a_table_only_texts_are_changed() -> None:
    table = pd.DataFrame({"file": ["=1", "b"], "-score": [-0.5, None], "call": ["ALL", None], "count": [-1, 2]})
    assert to_csv(table) == "file,-score,call,count\n'=1,-0.5,ALL,-1\nb,,,2\n"
    assert table["file"].tolist() == ["=1", "b"]
