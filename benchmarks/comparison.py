"""Our comparison against lazypredict's on the same cells and split by subject: time, and figures of each model.

lazypredict gets all 64 x 64 grayscale pixels, once of our training cells and once of the validation cells, too.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from core.assessment import Assessment, assess
from core.compare import combine
from core.comparison import CLASSICAL, Comparison
from core.config import PROJECT_ROOT, settings
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.split import Side
from core.features.sets import feature_set
from core.features.table import FeatureTable, feature_table
from core.metrics import Judged, figures, resampled
from core.protocol import Plan, assignments, prepare, splits
from core.resampling import DRAWS
from core.standings import judged_by, resampled_persons
from core.types import ByteArray

CELLS, SUBJECTS, DATA_SEED = 1500, 50, 5  # of what is drawn where no tree is named
ROUNDS = 3
REQUIREMENTS = PROJECT_ROOT / "requirements-lazypredict.txt"
SHOWN = ("accuracy", "balanced_accuracy", "roc_auc", "weighted_f1")
ARMS: dict[str, tuple[Side, ...]] = {
    "training cells": ("train",),
    "training and validation cells": ("train", "validation"),
}

Found = TypeVar("Found")


class Taken(NamedTuple):
    """Time by the clock, and time of all cores together, in seconds."""

    clock: float
    cores: float

    def over(self, other: "Taken") -> str:
        """How many times the other this is, to print."""
        return f"{self.clock / other.clock:.1f} by the clock, {self.cores / other.cores:.1f} by time of all cores"

    def and_(self, other: "Taken") -> "Taken":
        """One after the other."""
        return Taken(self.clock + other.clock, self.cores + other.cores)

    def __str__(self) -> str:
        """Both, to print."""
        return f"{self.clock:.2f} s ({self.cores:.2f} s of all cores)"


def run() -> None:
    """Print times, ratios and figures; `LEUKOSCOPE_BENCH_TREE` may name a larger tree than the drawn one."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        indexed = _indexed()
        labelled = replace(indexed, table=indexed.labelled.reset_index(drop=True))
        dataset, hashing = _cold(lambda: hashed(labelled, cache=cache), labelled)
        plan = Plan(CLASSICAL)
        table, before = _described(dataset, plan)
        print(f"{len(dataset.table):,} cells of {dataset.table['subject'].nunique()} subjects; {plan.features}")
        print(f"features from cold files: {before}; hashes of these files: {hashing}; {_load()}")
        assessments, fitting = _ours(dataset, plan, table)
        ours = combine(dataset, plan, assessments)
        _show_ours(ours)
        print(f"ours, five models fitted, set, calibrated and tested: {fitting}; {_load()}", flush=True)
        for protocol in ("fixed", "folds"):
            _show_bootstrap(dataset, replace(plan, protocol=protocol), table)
        pixels = feature_table(dataset, [feature_set("grayscale")], cache=cache)
        for arm, sides in ARMS.items():
            theirs = _theirs(dataset, plan, pixels, sides, place=cache)
            _show_theirs(arm, theirs, ours)
            taken, (_, after) = _total(theirs), _described(dataset, plan)
            described = Taken(*(float(mean) for mean in np.mean([before, after], axis=0)))
            before = after
            print(f"lazypredict, five models fitted and tested once: {taken}; its own times: {_own(theirs):.1f} s")
            print(f"features from cold files, mean of before and after: {described}; {_load()}")
            print(f"lazypredict over ours: {taken.over(fitting)}")
            print(f"over ours with features, its own pixels for nothing: {taken.over(fitting.and_(described))}")
            print(f"with hashes, too: {taken.over(fitting.and_(described).and_(hashing))}", flush=True)


def _load() -> str:
    return f"load of the machine {os.getloadavg()[0]:.1f}"


def _indexed() -> CellDataset:
    tree = os.environ.get("LEUKOSCOPE_BENCH_TREE")
    if tree:
        return index(Path(tree))
    place = settings().data / f"bench-networks-{GENERATOR}"
    return index(write_demo(place, cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED))


def _described(dataset: CellDataset, plan: Plan) -> tuple[FeatureTable, Taken]:
    """The features of all cells, with nothing kept from before."""
    with tempfile.TemporaryDirectory() as folder:
        return _cold(lambda: prepare(dataset, plan, cache=Path(folder), store_folder=Path(folder)), dataset)


def _cold(work: Callable[[], Found], dataset: CellDataset) -> tuple[Found, Taken]:
    """Do work after the system has forgotten the pages of all labelled files; processes of its own count, too."""
    for path in dataset.labelled["path"]:
        with dataset.file(path).open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return _timed(work)


def _timed(work: Callable[[], Found]) -> tuple[Found, Taken]:
    started, used = time.perf_counter(), os.times()
    found = work()
    now = os.times()
    # spawned processes are counted when they have ended, which a pool's have
    cores = sum(now[:4]) - sum(used[:4])
    return found, Taken(time.perf_counter() - started, cores)


def _ours(dataset: CellDataset, plan: Plan, table: FeatureTable) -> tuple[list[Assessment], Taken]:
    """All assessments, and the median time of the five models over rounds after a first, which imports libraries."""
    todo = assignments(dataset, plan)
    five = [assignment for assignment in todo if assignment.model in CLASSICAL]
    taken = []
    for _ in range(ROUNDS + 1):
        found, seconds = _timed(lambda: [assess(dataset, assignment, table=table) for assignment in five])
        taken.append(seconds)
    baselines = [assess(dataset, assignment, table=table) for assignment in todo if assignment not in five]
    clock, cores = np.median(taken[1:], axis=0)
    return [*found, *baselines], Taken(float(clock), float(cores))


def _theirs(
    dataset: CellDataset, plan: Plan, pixels: FeatureTable, sides: Sequence[Side], *, place: Path
) -> dict[str, dict[str, Any]]:
    """What `benchmarks.lazypredict_rows` writes, fitted on some sides of our split."""
    (dealt,) = splits(dataset, plan)
    train = pd.concat([dealt.cells(dataset, side) for side in sides])
    test = dealt.cells(dataset, "test")
    np.savez(
        place / "pixels.npz",
        train=_pixels(pixels, train),
        test=_pixels(pixels, test),
        train_truth=dataset.truth(train),
        test_truth=dataset.truth(test),
    )
    subprocess.run(
        [sys.executable, "-m", "benchmarks.lazypredict_rows", str(place / "pixels.npz"), str(place / "rows.json")],
        check=True,
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(_lazypredict())},
    )
    rows: dict[str, dict[str, Any]] = json.loads((place / "rows.json").read_text(encoding="utf-8"))
    for row in rows.values():
        row.update({name: pd.Series(row[name], index=test["path"]) for name in ("score", "called")})
    return {name: rows[name] for name in CLASSICAL}


def _pixels(table: FeatureTable, cells: pd.DataFrame) -> ByteArray:
    return np.asarray(table.numbers["grayscale"][[table.row[path] for path in cells["path"]]], dtype=np.uint8)


def _lazypredict() -> Path:
    """A folder with lazypredict alone; installed once for each version."""
    (pinned,) = (line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if "==" in line)
    folder = settings().cache / pinned
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
            options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(Path(partial) / "done"))
            subprocess.run([sys.executable, "-m", "pip", "install", *options, "-r", str(REQUIREMENTS)], check=True)
            with suppress(FileExistsError):
                (Path(partial) / "done").rename(folder)
    return folder


def _total(rows: Mapping[str, Mapping[str, Any]]) -> Taken:
    """To fit all models and to test each once: lazypredict's own time has two passes, for the calls and the scores."""
    clock, cores = (
        sum(row[whole] - row[part] for row in rows.values())
        for whole, part in (("seconds", "pass_seconds"), ("core_seconds", "pass_core_seconds"))
    )
    return Taken(clock, cores)


def _own(rows: Mapping[str, Mapping[str, Any]]) -> float:
    return float(sum(row["seconds"] for row in rows.values()))


def _show_ours(found: Comparison) -> None:
    print(f"ours, cells {dict(found.cells)}, subjects {dict(found.subjects)}; intervals over persons")
    for row in found.rows:
        told = ", ".join(f"{name} {row.figures[name]:.3f}{_ends(row.intervals[name])}" for name in SHOWN)
        print(f"  {row.model}: {told}, fit {row.fit_seconds:.2f} s, predict {row.predict_seconds:.2f} s")


def _ends(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" ({interval[0]:.3f} to {interval[1]:.3f})"


def _show_theirs(arm: str, theirs: Mapping[str, Mapping[str, Any]], ours: Comparison) -> None:
    print(f"lazypredict on {arm}")
    for model, row in theirs.items():
        report = ours.row(model).report
        if report is None:
            raise RuntimeError(f"Expected scores of {model}. Received: {ours.row(model).problem}")
        draws = resampled_persons(report, seed=ours.seed)
        score, called = (row[name].reindex(report.cells["path"]).to_numpy() for name in ("score", "called"))
        judged = Judged(report.truth, score, called, None, draws.unit)
        told = figures(judged)
        if not np.isclose(told["balanced_accuracy"], row["printed"]["Balanced Accuracy"]):
            raise RuntimeError(f"Expected the calls that lazypredict counts. Received: others from {model}.")
        from_calls = figures(replace(judged, score=called.astype(float)))["roc_auc"]
        said = ", ".join(f"{name} {told[name]:.3f}" for name in SHOWN)
        print(f"  {model}: {said}, ROC AUC from calls {from_calls:.3f}, its own time {row['seconds']:.2f} s", end="")
        print(f" (ROC AUC as it prints it {row['printed']['ROC AUC']:.3f})")
        before, after = (resampled(each, draws.times) for each in (judged, judged_by(report, draws)))
        for name in ("balanced_accuracy", "roc_auc"):
            difference = ours.row(model).figures[name] - told[name]
            low, high = draws.interval(after[name] - before[name]) or (float("nan"), float("nan"))
            print(f"    {name}, ours minus this: {difference:+.3f} ({low:+.3f} to {high:+.3f})")
    sys.stdout.flush()


def _show_bootstrap(dataset: CellDataset, plan: Plan, table: FeatureTable) -> None:
    assessments = [assess(dataset, assignment, table=table) for assignment in assignments(dataset, plan)]
    fit = sum(assessment.fit_seconds or 0 for assessment in assessments)
    taken = [_timed(lambda: combine(dataset, plan, assessments))[1] for _ in range(ROUNDS)]
    whole = Taken(*(float(value) for value in np.median(taken, axis=0)))
    share = f"{whole.clock / fit:.0%} of the {fit:.1f} s of fitting"
    print(f"{plan.protocol}: all figures, {DRAWS} draws, tests of all pairs: {whole}, {share}; {_load()}", flush=True)
