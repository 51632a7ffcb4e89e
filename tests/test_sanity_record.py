"""The check of a network's maps that its card holds, also where it fails to run."""

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from core import sanity_record as module
from core.data.dataset import CellDataset
from core.errors import Cancelled
from core.sanity import SanityCheck, Stage, recorded
from core.sanity_record import sanity_record
from core.training import TrainingResult

CHECK = SanityCheck("grad-cam", 2, (Stage("head", 0.1, 0.2),))


@pytest.fixture
def files(drawn: CellDataset) -> list[Path]:
    return [drawn.file(path) for path in drawn.table["path"][:2]]


def raising(error: BaseException) -> Callable[..., SanityCheck]:
    def check(*arguments: object, **options: object) -> SanityCheck:
        raise error

    return check


def test_a_check_is_recorded_as_a_card_holds_it(
    trained: TrainingResult, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(module, "sanity_check", lambda model, images, progress: seen.append(images.shape) or CHECK)
    assert recorded(sanity_record(trained.classifier, files)) == CHECK
    assert seen == [(2, 48, 48, 3)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no layer"), "no layer"),
        (KeyError("conv"), "'conv'"),
        (MemoryError(), "MemoryError"),
        (tf.errors.ResourceExhaustedError(None, None, "out of memory"), "out of memory"),
    ],
)
def test_a_check_that_fails_to_run_becomes_a_stated_problem(
    error: Exception, said: str, trained: TrainingResult, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "sanity_check", raising(error))
    found = sanity_record(trained.classifier, files)
    assert found == {"problem": said}
    assert recorded(found) == f"The check could not be made. {said}"


def test_cells_that_are_gone_become_a_stated_problem(trained: TrainingResult, tmp_path: Path) -> None:
    found = sanity_record(trained.classifier, [tmp_path / "gone.bmp"])
    assert found["problem"].startswith("gone.bmp: Expected a readable file.")


def test_it_can_be_cancelled(trained: TrainingResult, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sanity_check", raising(Cancelled()))
    with pytest.raises(Cancelled):
        sanity_record(trained.classifier, files)
