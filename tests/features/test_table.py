"""Numbers of a data set's cells: one pass, kept by content."""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import store
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.index import index
from core.errors import Cancelled, DataError, ModelError
from core.features import table as feature_tables
from core.features.blocks import described
from core.features.sets import feature_set
from core.features.table import FeatureTable, feature_table
from core.training import TrainingResult

SMALL = (feature_set("area"), feature_set("morphology"))


@pytest.fixture
def own(drawn_folder: Path, tmp_path: Path) -> CellDataset:
    """A copy of the drawn cells that a test may damage."""
    shutil.copytree(drawn_folder, tmp_path / "C-NMC_Leukemia")
    return hashed(index(tmp_path / "C-NMC_Leukemia"), cache=tmp_path / "hashes")


def kept(cache: Path) -> int:
    with sqlite3.connect(cache / "features.sqlite") as database:
        return int(database.execute("SELECT COUNT(*) FROM features").fetchone()[0])


def test_each_cell_has_the_numbers_of_its_pixels_block_after_block(drawn: CellDataset, tmp_path: Path) -> None:
    table = feature_table(drawn, SMALL, cache=tmp_path)
    cells = drawn.labelled.iloc[[5, 0]]
    features = feature_set("texture+area")
    values = table.of(cells, features)
    assert values.dtype == np.float32
    for row, path in zip(values, cells["path"], strict=True):
        expected = described(pixels.decode_file(drawn.file(path)), ["texture", "area"])
        np.testing.assert_array_equal(row, np.concatenate([expected["texture"], expected["area"]]))
    assert table.widths(features) == {"texture": 19, "area": 1}
    assert table.problems == {}


def test_bytes_of_pixels_stay_what_they_are(drawn: CellDataset, tmp_path: Path) -> None:
    for _ in range(2):  # from the files, then from the cache
        table = feature_table(drawn, [feature_set("pixels")], cache=tmp_path)
        values = table.of(drawn.labelled.iloc[:1], feature_set("pixels"))
        file = drawn.file(drawn.labelled["path"].iloc[0])
        expected = described(pixels.decode_file(file), ["pixels"])["pixels"]
        np.testing.assert_array_equal(values[0], expected)


def test_what_was_described_before_is_not_read_again(own: CellDataset, tmp_path: Path) -> None:
    first = feature_table(own, SMALL, cache=tmp_path / "cache")
    shutil.rmtree(own.root)
    again = feature_table(own, SMALL, cache=tmp_path / "cache")
    for name, values in first.numbers.items():
        np.testing.assert_array_equal(again.numbers[name], values)
    assert (again.row, again.problems) == (first.row, {})


def test_only_blocks_that_are_missing_are_computed(
    own: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    real = feature_tables.described_file

    def spy(file: Path, names: tuple[str, ...]) -> object:
        asked.append(names)
        return real(file, names)

    monkeypatch.setattr(feature_tables, "described_file", spy)
    feature_table(own, [feature_set("area")], cache=tmp_path / "cache")
    feature_table(own, SMALL, cache=tmp_path / "cache")
    assert set(asked) == {("area",), ("morphology", "texture")}


def test_a_file_that_cannot_be_read_is_a_reason_and_stops_no_other(own: CellDataset, tmp_path: Path) -> None:
    bad, gone, sound = own.labelled["path"].iloc[:3]
    own.file(bad).write_bytes(b"no image")
    own.file(gone).unlink()
    table = feature_table(own, SMALL, cache=tmp_path / "cache")
    assert set(table.problems) == {bad, gone}
    assert table.problems[bad].startswith("Expected ")
    assert "No such file" in table.problems[gone]
    left = table.readable(own)
    assert len(left.labelled) == 70
    assert np.isfinite(table.of(left.labelled, SMALL[0])).all()
    assert sound in table.row
    assert kept(tmp_path / "cache") == 70 * 3  # nothing of the two, so that they are tried again


def test_a_data_set_of_which_nothing_can_be_read_is_refused(own: CellDataset, tmp_path: Path) -> None:
    shutil.rmtree(own.root)
    with pytest.raises(DataError, match=r"^Expected cells that can be read\. Received: none; .*No such file"):
        feature_table(own, SMALL, cache=tmp_path / "cache")


def test_cells_of_one_content_share_their_numbers(own: CellDataset, tmp_path: Path) -> None:
    first, second = own.labelled["path"].iloc[:2]
    shutil.copy(own.file(first), own.file(second))
    same = hashed(index(own.root), cache=tmp_path / "hashes")
    table = feature_table(same, SMALL, cache=tmp_path / "cache")
    assert table.row[first] == table.row[second]
    assert len(table.numbers["area"]) == 71


def test_another_version_of_the_numbers_does_not_count(
    own: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    feature_table(own, SMALL, cache=cache)
    monkeypatch.setattr(feature_tables, "VERSION", feature_tables.VERSION + 1)
    feature_table(own, SMALL[:1], cache=cache)
    assert kept(cache) == 72  # the new areas; what the old version found is gone


def test_beyond_the_limit_what_was_found_first_is_forgotten(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_tables, "_MOST_BYTES", 72 * 4)
    feature_table(drawn, [feature_set("area")], cache=tmp_path)
    assert kept(tmp_path) == 72
    found = feature_table(drawn, [feature_set("texture")], cache=tmp_path)
    assert kept(tmp_path) == 72 * 4 // (19 * 4)
    assert len(found.row) == 72


def test_what_a_cancelled_pass_has_found_is_kept(own: CellDataset, tmp_path: Path) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        assert (total, text) == (72, "Describing cells")
        if done:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        feature_table(own, SMALL, cache=tmp_path / "cache", progress=cancel)
    assert kept(tmp_path / "cache") == 72 * 3


def test_cells_without_hashes_are_refused(drawn_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^Expected a hashed data set"):
        feature_table(index(drawn_folder), SMALL, cache=tmp_path)


def test_no_cell_at_all_gives_empty_columns(drawn: CellDataset, tmp_path: Path) -> None:
    nothing = replace(drawn, table=drawn.table.iloc[:0])
    table = feature_table(nothing, SMALL, cache=tmp_path)
    assert table.of(nothing.labelled, SMALL[0]).shape == (0, 1)


def test_the_embedding_is_what_the_networks_last_layer_reads(
    drawn: CellDataset, trained: TrainingResult, tmp_path: Path
) -> None:
    store.save(trained.classifier, tmp_path / "models")
    features = feature_set("area+embedding:tiny")
    table = feature_table(drawn, [features], cache=tmp_path, store_folder=tmp_path / "models")
    cells = drawn.labelled.iloc[:3]
    values = table.of(cells, features)
    widths = table.widths(features)
    assert list(widths) == ["area", "embedding"]
    network = trained.classifier.network
    kernel, bias = network.layers[-1].get_weights()
    images = pixels.read([drawn.file(path) for path in cells["path"]], trained.classifier.card.preprocessing)
    logits = values[:, 1:] @ kernel[:, 0] + bias[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), trained.classifier.scores(images), atol=1e-4)


def test_an_embedding_needs_one_network_that_is_stored(drawn: CellDataset, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Expected one network, and the store"):
        feature_table(drawn, [feature_set("embedding:tiny")], cache=tmp_path)
    two = [feature_set("embedding:a"), feature_set("embedding:b")]
    with pytest.raises(ValueError, match=r"Received: a, b\.$"):
        feature_table(drawn, two, cache=tmp_path, store_folder=tmp_path)
    with pytest.raises(ModelError):
        feature_table(drawn, [feature_set("embedding:tiny")], cache=tmp_path, store_folder=tmp_path)


def test_a_table_made_by_hand_gives_rows_in_the_order_of_the_cells() -> None:
    table = FeatureTable({"a": 0, "b": 1}, {"area": np.array([[1.0], [2.0]], dtype=np.float32)})
    cells = pd.DataFrame({"path": ["b", "a", "b"]})
    assert table.of(cells, feature_set("area")).ravel().tolist() == [2, 1, 2]
