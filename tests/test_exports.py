"""Files to take away: each is what its own module writes, and none goes without the notice, the cells and the split."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.card import RESEARCH_NOTICE
from core.caveats import DRAWN
from core.checklist import reporting_sheet
from core.compare import combine
from core.comparison import Comparison
from core.exports import EXPORTS, export
from core.printed import to_latex, to_markdown
from core.protocol import Plan
from tests.test_assessment import DATASET
from tests.test_comparison import assessments


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    plan = Plan(("RidgeClassifier",))
    return replace(combine(DATASET, plan, assessments(plan)), origin="drawn, seed 0")


def test_each_is_what_its_own_module_writes(comparison: Comparison) -> None:
    assert EXPORTS[".json"].write(comparison, {}) == comparison.to_json()
    assert EXPORTS[".md"].write(comparison, {}) == to_markdown(comparison)
    assert EXPORTS[".tex"].write(comparison, {}) == to_latex(comparison)
    assert reporting_sheet(comparison)["notes"][0] in EXPORTS[".html"].write(comparison, {})


def test_the_csv_file_has_the_export_with_the_caveats(comparison: Comparison) -> None:
    table = pd.read_csv(io.StringIO(EXPORTS[".csv"].write(comparison, {})))
    assert table["model"].tolist() == comparison.export()["model"].tolist()
    assert table["roc_auc"].tolist() == comparison.export()["roc_auc"].tolist()
    assert set(table["caveats"]) == {DRAWN}


@pytest.mark.parametrize("suffix", list(EXPORTS))
def test_no_file_goes_without_notice_origin_and_fingerprint(suffix: str, comparison: Comparison) -> None:
    text = EXPORTS[suffix].write(comparison, {})
    for said in (RESEARCH_NOTICE, "drawn, seed 0", DATASET.fingerprint()):
        assert said in text


@pytest.mark.parametrize("suffix", list(EXPORTS))
def test_a_file_of_which_nothing_was_tested_can_be_written(suffix: str) -> None:
    assert "Cancelled before it was tested." in EXPORTS[suffix].write(combine(DATASET, Plan(("SVC",)), []), {}) or (
        suffix == ".json"
    )


def test_json_is_json(comparison: Comparison) -> None:
    assert json.loads(EXPORTS[".json"].write(comparison, {}))["origin"] == "drawn, seed 0"


def test_the_suffix_decides_whatever_its_case() -> None:
    assert export(Path("a.HTML")) is EXPORTS[".html"]
    with pytest.raises(
        ValueError, match=r"^Expected a file that ends in \.csv, \.json, \.md, \.tex or \.html\. Received: a\.pdf\.$"
    ):
        export("a.pdf")
