"""The map keeps neighbours together, is the same each time, and is drawn once."""

from pathlib import Path

import numpy as np
import pytest

from core.embedding import projection as module
from core.embedding.projection import kept_projection, projection
from core.errors import Cancelled, DataError
from core.types import FloatArray


def groups(cells: int, numbers: int = 17) -> FloatArray:
    """Three well separated groups of as many cells each."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(20 * group, 1, (cells, numbers)) for group in range(3)]).astype(np.float32)


@pytest.mark.parametrize("numbers", [3, 17, 80])
def test_each_cell_lies_next_to_one_of_its_own_group(numbers: int, tmp_path: Path) -> None:
    points = projection(groups(30, numbers), cache=tmp_path)
    assert points.shape == (90, 2)
    assert points.dtype == np.float32
    apart = np.linalg.norm(points[:, np.newaxis] - points, axis=2)
    np.fill_diagonal(apart, np.inf)
    np.testing.assert_array_equal(apart.argmin(axis=1) // 30, np.arange(90) // 30)


def test_the_same_vectors_and_seed_give_the_same_map_without_the_cache(tmp_path: Path) -> None:
    first = projection(groups(20), cache=tmp_path / "a", seed=3)
    np.testing.assert_array_equal(first, projection(groups(20), cache=tmp_path / "b", seed=3))


def test_a_finished_map_is_read_back_and_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = groups(4)
    assert kept_projection(vectors, cache=tmp_path) is None
    drawn = projection(vectors, cache=tmp_path)
    monkeypatch.setattr(module, "_tsne", lambda *_: pytest.fail("drawn again"))
    np.testing.assert_array_equal(projection(vectors, cache=tmp_path), drawn)
    kept = kept_projection(vectors, cache=tmp_path)
    assert kept is not None
    np.testing.assert_array_equal(kept, drawn)


def test_other_vectors_another_seed_or_a_new_version_are_another_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = groups(4)
    projection(vectors, cache=tmp_path)
    assert kept_projection(vectors + 1, cache=tmp_path) is None
    assert kept_projection(vectors.reshape(-1, 1), cache=tmp_path) is None
    assert kept_projection(vectors, cache=tmp_path, seed=1) is None
    monkeypatch.setattr(module, "_VERSION", 99)
    assert kept_projection(vectors, cache=tmp_path) is None


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    projection(groups(4), cache=tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [(done, 750, "Drawing the map") for done in range(0, 760, 10)]


def test_a_cancelled_map_ends_at_once_and_is_not_kept(tmp_path: Path) -> None:
    calls: list[int] = []

    def cancel(done: int, total: int, text: str) -> None:
        calls.append(done)
        if done == 20:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        projection(groups(4), cache=tmp_path, progress=cancel)
    assert calls == [0, 10, 20]
    assert kept_projection(groups(4), cache=tmp_path) is None


def test_the_fewest_cells_with_duplicates_among_them_have_a_map(tmp_path: Path) -> None:
    vectors = np.repeat(groups(1)[:2], (4, 1), axis=0)
    assert np.isfinite(projection(vectors, cache=tmp_path)).all()


def test_too_few_cells_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^Expected at least 5 cells to draw a map of\. Received: 4\.$"):
        projection(groups(2)[:4], cache=tmp_path)


def test_cells_that_are_all_the_same_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^Expected cells that differ from each other\. Received: 6 with the same"):
        projection(np.ones((6, 17), dtype=np.float32), cache=tmp_path)
