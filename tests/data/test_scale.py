import numpy as np
import pandas as pd
import pytest

from core.data.morphology import MORPHOLOGY
from core.data.scale import LENGTHS, checked, doubt, scaled, title


def test_lengths_are_all_measures_in_pixels_and_their_power_is_that_of_the_unit() -> None:
    in_pixels = {name: 2 if "px²" in text else 1 for name, text in MORPHOLOGY.items() if "px" in text}
    assert in_pixels == LENGTHS


def test_lengths_grow_with_the_scale_areas_with_its_square_and_nothing_else_changes() -> None:
    cells = pd.DataFrame(
        {
            "area": [100.0, np.nan],
            "perimeter": [40.0, 20.0],
            "equivalent_diameter": [10.0, 8.0],
            "roundness": [0.9, 1.0],
        }
    )
    before = cells.copy()
    found = scaled(cells, 0.5)
    assert found["area"].tolist()[0] == 25.0
    assert np.isnan(found["area"].tolist()[1])
    assert found["perimeter"].tolist() == [20.0, 10.0]
    assert found["equivalent_diameter"].tolist() == [5.0, 4.0]
    assert found["roundness"].tolist() == [0.9, 1.0]
    pd.testing.assert_frame_equal(cells, before)


def test_columns_that_are_not_there_are_not_missed() -> None:
    assert list(scaled(pd.DataFrame({"red": [1.0]}), 0.5).columns) == ["red"]


@pytest.mark.parametrize("micrometres", [-0.1, 0.0, 0.009, 2.1, 1e9, float("nan"), float("inf")])
def test_a_scale_that_no_light_microscope_has_is_refused_in_one_sentence(micrometres: float) -> None:
    sentence = rf"^Expected 0\.01 to 2 micrometres in a pixel, .* Received: {micrometres:g}\.$".replace("+", r"\+")
    with pytest.raises(ValueError, match=sentence):
        checked(micrometres)
    with pytest.raises(ValueError, match="Expected"):
        scaled(pd.DataFrame({"area": [1.0]}), micrometres)


@pytest.mark.parametrize("micrometres", [0.01, 0.2, 2.0])
def test_scales_of_light_microscopes_pass(micrometres: float) -> None:
    assert checked(micrometres) == micrometres


@pytest.mark.parametrize(
    ("name", "micrometres", "expected"),
    [
        ("area", None, "Area (px²)"),
        ("area", 0.2, "Area (µm²)"),
        ("equivalent_diameter", 0.2, "Equivalent diameter (µm)"),
        ("perimeter", 0.2, "Perimeter (µm)"),
        ("roundness", 0.2, "Roundness (1: a circle)"),
        ("texture_energy", None, "Texture energy"),
    ],
)
def test_titles_carry_the_unit(name: str, micrometres: float | None, expected: str) -> None:
    assert title(name, micrometres) == expected


def test_cells_of_an_impossible_size_raise_doubt() -> None:
    cells = pd.DataFrame({"equivalent_diameter": [190.0, 200.0, 210.0]})
    assert doubt(cells, 0.06) == ""
    assert "the median cell would be 100 µm across" in doubt(cells, 0.5)
    assert "the median cell would be 2 µm across" in doubt(cells, 0.01)
    assert doubt(cells.iloc[:0], 0.5) == ""
