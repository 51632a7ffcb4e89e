"""Checkpoints: written whole, read exactly, refused elsewhere; a training that was cut off ends as an unbroken one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.checkpoints import FILE, Checkpoint, Checkpoints
from core.data.dataset import CellDataset
from core.errors import Cancelled, ModelError
from core.hyperparameters import TrainingConfig
from core.training import TrainingEvent, train

CONFIG = TrainingConfig(
    epochs=4, image_size=48, batch_size=16, patience=9, dropout=0.3, augmentation="turns and colour"
)
STATE = Checkpoint(
    history=({"loss": 0.1, "val_auroc": 0.7}, {"loss": 1 / 3, "val_auroc": 0.6}),
    network=tuple(np.full((2, number + 1), number, dtype=np.float32) for number in range(12)),
    optimizer=(np.array(7, dtype=np.int64), np.array([1 / 3])),
    best=(np.ones(3),),
)


def place(folder: Path, **changes: object) -> Checkpoints:
    return replace(Checkpoints(folder / "job", "fingerprint", CONFIG, "weights"), **changes)  # type: ignore[arg-type]


def test_what_was_saved_is_loaded_exactly_and_in_order(tmp_path: Path) -> None:
    place(tmp_path).save(STATE)
    found = place(tmp_path).load()
    assert found is not None
    assert found.history == STATE.history
    for part in ("network", "optimizer", "best"):
        for ours, theirs in zip(getattr(found, part), getattr(STATE, part), strict=True):
            np.testing.assert_array_equal(ours, theirs)
            assert ours.dtype == theirs.dtype


def test_before_the_first_epoch_there_is_none(tmp_path: Path) -> None:
    assert place(tmp_path).load() is None


def test_the_next_one_replaces_the_last_one(tmp_path: Path) -> None:
    place(tmp_path).save(STATE)
    place(tmp_path).save(replace(STATE, history=STATE.history[:1]))
    found = place(tmp_path).load()
    assert found is not None
    assert found.history == STATE.history[:1]
    assert [file.name for file in (tmp_path / "job").iterdir()] == [FILE]


def test_a_failure_while_writing_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path).save(STATE)

    def full(stream: object, **arrays: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(ModelError, match=r"^Expected room for a checkpoint in .*job\. Received: No space left"):
        place(tmp_path).save(replace(STATE, history=()))
    found = place(tmp_path).load()
    assert found is not None
    assert found.history == STATE.history
    assert [file.name for file in (tmp_path / "job").iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fingerprint": "other"}, "fingerprint"),
        ({"start": ""}, "start"),
        ({"config": replace(CONFIG, epochs=5)}, "epochs"),
        ({"config": replace(CONFIG, seed=1, dropout=0.1)}, "dropout, seed"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused(changes: dict[str, object], named: str, tmp_path: Path) -> None:
    place(tmp_path).save(STATE)
    with pytest.raises(ModelError, match=rf"^Expected a checkpoint of the same cells .* another {named}; start"):
        place(tmp_path, **changes).load()


@pytest.mark.parametrize(
    "damage",
    [lambda whole: whole[:100], lambda whole: b"", lambda whole: b"x" * len(whole)],
    ids=["cut off", "empty", "no archive"],
)
def test_a_damaged_checkpoint_is_refused(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    place(tmp_path).save(STATE)
    file = tmp_path / "job" / FILE
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ModelError, match=r"^Expected a whole checkpoint\. Received: a damaged one"):
        place(tmp_path).load()


def cut_off(epoch: int, done: int) -> Callable[[TrainingEvent], None]:
    def listen(event: TrainingEvent) -> None:
        if (event.stage, event.epoch, event.done) == ("training", epoch, done):
            raise Cancelled("the power went out")

    return listen


def test_a_training_that_was_cut_off_ends_as_an_unbroken_one(drawn: CellDataset, tmp_path: Path) -> None:
    unbroken = train(drawn, CONFIG, name="unbroken")
    with pytest.raises(Cancelled):
        train(drawn, CONFIG, name="broken", checkpoint=tmp_path, listener=cut_off(3, 1))
    events: list[TrainingEvent] = []
    resumed = train(drawn, CONFIG, name="resumed", checkpoint=tmp_path, listener=events.append)
    epochs = [event.epoch for event in events if event.stage == "training"]
    assert sorted(set(epochs)) == [3, 4]
    assert all(len(event.history) >= 2 for event in events if event.stage == "training")
    ours, theirs = resumed.classifier.card, unbroken.classifier.card
    assert len(ours.history) == 4
    for one, two in zip(ours.history, theirs.history, strict=True):
        assert one == pytest.approx(two, abs=1e-5)
    assert ours.validation == pytest.approx(theirs.validation, abs=1e-5)
    np.testing.assert_allclose(resumed.report.score, unbroken.report.score, atol=1e-5)
    for one, two in zip(
        resumed.classifier.network.get_weights(), unbroken.classifier.network.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_after_the_last_epoch_only_the_test_is_done_again(drawn: CellDataset, tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1)

    def at_the_test(event: TrainingEvent) -> None:
        if event.stage == "testing":
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        train(drawn, config, name="broken", checkpoint=tmp_path, listener=at_the_test)
    events: list[TrainingEvent] = []
    resumed = train(drawn, config, name="resumed", checkpoint=tmp_path, listener=events.append)
    assert {event.stage for event in events} == {"reading", "testing"}
    assert resumed.report.figures() == pytest.approx(train(drawn, config, name="unbroken").report.figures())
