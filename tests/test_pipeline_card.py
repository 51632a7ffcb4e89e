"""What a card holds of a scikit-learn model, written as JSON and read back."""

import json
from dataclasses import asdict

import pytest

from core.pipeline_card import Importance, PipelineCard

MADE = PipelineCard(
    title="SVC on shape and texture",
    estimator="SVC",
    features="morphology",
    block_version=1,
    libraries=("scikit-learn",),
    seed=7,
    settings={"C": 10.0},
    importance=(Importance("Area (px²)", 0.25, 0.125), Importance("Mean red", -0.01, 0.02)),
)


def test_what_was_written_is_read_back() -> None:
    assert PipelineCard.read(json.loads(json.dumps(asdict(MADE)))) == MADE


@pytest.mark.parametrize("name", ["title", "features", "block_version", "libraries", "importance"])
def test_a_missing_field_is_an_error(name: str) -> None:
    fields = asdict(MADE)
    del fields[name]
    with pytest.raises((KeyError, TypeError)):
        PipelineCard.read(fields)
