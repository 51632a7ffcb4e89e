"""Indexing a tree as large as C-NMC, over a bare walk that reads each file's first 32 bytes; and indexing it again."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from core.config import settings
from core.data.index import index

TRAINING, PRELIMINARY, FINAL = 10_661, 1_867, 2_586  # images, as in C-NMC
CELLS_A_SUBJECT = 146
EDGE = 24  # pixels; an index reads headers only
ROUNDS = 3
_PRELIMINARY = "validation_data/C-NMC_test_prelim_phase_data"
_FINAL = "testing_data/C-NMC_test_final_phase_data"


def run() -> None:
    """Print the ratios, alternately measured, the median of three; `LEUKOSCOPE_BENCH_TREE` may name a further tree."""
    further = os.environ.get("LEUKOSCOPE_BENCH_TREE")
    for root in (_tree(settings().data / "bench-indexing"), *([Path(further)] if further else [])):
        files = _bare(root)
        firsts, seconds = [], []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as cache:
                bare = _seconds(lambda root=root: _bare(root))
                first = _seconds(lambda root=root, cache=cache: index(root, cache=Path(cache)))
                second = _seconds(lambda root=root, cache=cache: index(root, cache=Path(cache)))
            firsts.append(first / bare)
            seconds.append(second / first)
        print(f"{files:,} files in {root.parent.name}/{root.name}")
        print(f"index over a bare walk: {sorted(firsts)[ROUNDS // 2]:.2f}")
        print(f"second index over the first: {sorted(seconds)[ROUNDS // 2]:.2f}", flush=True)


def _bare(root: Path) -> int:
    count = 0
    for folder, _, names in os.walk(root):
        for name in names:
            with Path(folder, name).open("rb") as file:
                file.read(32)
            count += 1
    return count


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _tree(place: Path) -> Path:
    """C-NMC's names and folders with small images; made once."""
    root = place / "C-NMC_Leukemia"
    if root.is_dir():
        return root
    image = cv2.imencode(".bmp", np.full((EDGE, EDGE, 3), 90, dtype=np.uint8))[1].tobytes()
    partial = place / "partial"
    for path in _paths():
        file = partial / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(image)
    lines = (f"{Path(_training(number)).name},{number + 1}.bmp,{_positive(number):d}" for number in range(PRELIMINARY))
    table = "\n".join(("Patient_ID,new_names,labels", *lines))
    (partial / f"{_PRELIMINARY}_labels.csv").write_text(table, encoding="utf-8")
    partial.rename(root)
    return root


def _paths() -> Iterator[str]:
    yield from map(_training, range(TRAINING))
    yield from (f"{_PRELIMINARY}/{number + 1}.bmp" for number in range(PRELIMINARY))
    yield from (f"{_FINAL}/{number + 1}.bmp" for number in range(FINAL))


def _training(number: int) -> str:
    subject, cell = divmod(number, CELLS_A_SUBJECT)
    label = "all" if _positive(number) else "hem"
    name = f"UID_{'' if _positive(number) else 'H'}{subject + 1}_{cell // 3 + 1}_{cell % 3 + 1}_{label}.bmp"
    return f"training_data/fold_{subject % 3}/{label}/{name}"


def _positive(number: int) -> bool:
    return number // CELLS_A_SUBJECT % 3 != 0  # two of three subjects
