"""Filters combine, and a cell's measures stand among those of its class."""

import numpy as np
import pandas as pd
import pytest

from core.data.selection import MEASURES, profile, selected


def cells() -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "path": list("abcd"),
            "label": ["ALL", "ALL", "HEM", "ALL"],
            "subject": ["1", "2", "H1", "1"],
            **dict.fromkeys(MEASURES, 50.0),
        }
    )
    return table.assign(
        area=[10.0, 20.0, 30.0, np.nan],
        brightness=[10.0, 50.0, 70.0, np.nan],
        equivalent_diameter=200.0,
        sharpness=1.0,
        objects=1.0,
        border=0.0,
        debris=0.0,
        filled=0.5,
    )


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"among": {}}, "abcd"),
        ({"among": {"label": ["ALL"], "subject": []}}, "abd"),
        ({"among": {"label": ["ALL"], "subject": ["1", "H1"]}}, "ad"),
        ({"among": {}, "flags": ["dark", "bright"]}, "ac"),
        ({"among": {}, "flags": ["dark"], "thresholds": {"dark": 60.0}}, "ab"),
        ({"among": {}, "between": {"area": (10.0, 20.0)}}, "ab"),
        ({"among": {"label": ["HEM"]}, "flags": ["bright"], "between": {"area": (0.0, 99.0)}}, "c"),
        ({"among": {"label": ["HEM"]}, "flags": ["dark"]}, ""),
    ],
)
def test_a_row_is_kept_that_meets_every_filter(filters: dict[str, object], kept: str) -> None:
    assert "".join(selected(cells(), **filters)["path"]) == kept  # type: ignore[arg-type]


def test_an_unknown_check_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected checks out of dark, .* Received: lost"):
        selected(cells(), among={}, flags=["lost"])


def test_a_cell_stands_among_those_of_its_class() -> None:
    area = profile(cells(), "b").set_index("measure").loc["Area (px²)"]
    assert (area["value"], area["median"], area["percentile"]) == (20.0, 15.0, 75.0)


def test_measures_that_a_cell_lacks_are_left_out() -> None:
    assert "Area (px²)" not in set(profile(cells(), "d")["measure"])


def test_an_unknown_cell_has_no_profile() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        profile(cells(), "nowhere")
