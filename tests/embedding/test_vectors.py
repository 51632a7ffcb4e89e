"""Vectors of morphology are comparable numbers, and stay beside the cells they are of."""

import numpy as np
import pandas as pd

from core.data.morphology import MORPHOLOGY
from core.embedding.vectors import CellVectors, morphology_vectors


def table(**columns: list[float]) -> pd.DataFrame:
    """Measured cells in which all other measures are 1."""
    count = len(next(iter(columns.values())))
    cells = pd.DataFrame({"path": [f"{row}.bmp" for row in range(count)], **dict.fromkeys(MORPHOLOGY, 1.0)})
    return cells.assign(**columns)


def column(found: CellVectors, name: str) -> np.ndarray:
    return found.numbers[:, list(MORPHOLOGY).index(name)]


def test_a_measure_counts_in_spreads_from_its_median() -> None:
    found = morphology_vectors(table(red=[10.0, 20.0, 30.0, 40.0, 50.0]))  # quartiles 20 and 40
    assert found.numbers.shape == (5, 17)
    assert found.numbers.dtype == np.float32
    spread = (40 - 20) / 1.349
    np.testing.assert_allclose(column(found, "red"), np.array([-20, -10, 0, 10, 20]) / spread, rtol=1e-6)


def test_a_doubled_size_is_the_same_step_for_a_small_and_a_large_cell() -> None:
    area = column(morphology_vectors(table(area=[1.0, 2.0, 4.0, 8.0, 16.0])), "area")
    np.testing.assert_allclose(np.diff(area), np.diff(area)[0], rtol=1e-6)
    assert area[2] == 0


def test_one_failed_outline_neither_sets_the_scale_nor_lies_far_out() -> None:
    red = [10.0, 20.0, 30.0, 40.0, 50.0]
    usual, odd = (morphology_vectors(table(red=values)) for values in (red, [*red[:4], 1e9]))
    np.testing.assert_array_equal(column(usual, "red")[:4], column(odd, "red")[:4])
    assert column(odd, "red")[4] == 5


def test_a_measure_that_hardly_differs_counts_nothing() -> None:
    assert not morphology_vectors(table(blue=[7.0, 7.0, 7.0, 7.0, 9.0])).numbers.any()


def test_cells_without_measures_are_left_out() -> None:
    found = morphology_vectors(table(red=[1.0, np.nan, 3.0]))
    assert found.paths == ("0.bmp", "2.bmp")
    assert found.numbers.shape == (2, 17)
    assert morphology_vectors(table(red=[np.nan])).numbers.shape == (0, 17)


def test_the_table_itself_stays_as_it_is() -> None:
    cells = table(area=[100.0, 200.0, 300.0])
    before = cells.copy()
    morphology_vectors(cells)
    pd.testing.assert_frame_equal(cells, before)


def test_rows_come_in_the_order_of_the_vectors_and_with_the_scores() -> None:
    cells = pd.DataFrame({"path": ["a", "b", "c"], "label": ["ALL", "HEM", ""]})
    found = CellVectors(("c", "a"), np.zeros((2, 3), dtype=np.float32), scores=np.array([0.25, 0.75]))
    assert found.rows(cells).to_dict("list") == {"path": ["c", "a"], "label": ["", "ALL"], "score": [0.25, 0.75]}
    assert "score" not in CellVectors(("a",), np.zeros((1, 3), dtype=np.float32)).rows(cells)
