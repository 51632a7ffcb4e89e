"""Upload without its page: one cell, 200 cells, a cold start, and memory after 5,000 cells, beside the bare network."""

import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import store
from core.classifier import Classifier
from core.classify import Prediction, classified, classify
from core.config import PROJECT_ROOT, prepare_environment, settings
from core.data import pixels
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.index import index
from core.maps import laid_over, mapped
from core.types import ByteArray

CELLS, SUBJECTS, SEED = 1000, 20, 6
BATCH = 200
ROUNDS = 5
ONE_CELL_ROUNDS = 30
FEW, MANY = 500, 5000  # cells in one session
PAGE = 24  # cells that Upload shows and maps at once
MODELS = PROJECT_ROOT / "models"


def run() -> None:
    """Print each time beside that of the bare network, all of drawn cells that the demo model answers for."""
    classifier, files = _warm()
    print(f"{len(files)} cells, 450 x 450, as files; {classifier.card.title}\n")
    _one_cell(classifier, files)
    _many_cells(classifier, files)
    _cold(files[0])
    subprocess.run([sys.executable, "-m", "benchmarks.upload"], check=True)


def _warm() -> tuple[Classifier, list[Path]]:
    """The demo model after its first answers, and files that it answers for."""
    place = settings().data / f"bench-measuring-{GENERATOR}"
    dataset = index(write_demo(place, cells=CELLS, subjects=SUBJECTS, seed=SEED))
    paths = [dataset.file(path) for path in dataset.table["path"]]
    classifier = store.network(MODELS, store.DEMO)
    answers = classify(classifier, _named(paths[: 2 * BATCH]), explain=False)
    files = [path for path, answer in zip(paths, answers, strict=False) if answer.label is not None]
    _with_overlays(classifier, files[:PAGE])
    return classifier, files[:BATCH]


def _one_cell(classifier: Classifier, files: Sequence[Path]) -> None:
    """Decoding, gates, class, Grad-CAM and overlay of one cell, over its forward pass and tf-keras-vis' Grad-CAM."""
    bare, prepared = _bare(classifier), [classifier.prepare(pixels.decode_file(file)) for file in files]
    bare(prepared[0])
    ours, alone = [], []
    for number in range(ONE_CELL_ROUNDS):
        row = number % len(files)
        alone.append(_seconds(lambda row=row: bare(prepared[row])))
        ours.append(_seconds(lambda row=row: _with_overlays(classifier, [files[row]])))
    found, forward = statistics.median(ours), statistics.median(alone)
    print(f"one cell, decoded, gated, classified, with Grad-CAM and overlay: {1000 * found:.1f} ms")
    print(f"forward pass and tf-keras-vis' Grad-CAM alone: {1000 * forward:.1f} ms")
    print(f"one cell over the bare network: {found / forward:.2f}\n", flush=True)


def _bare(classifier: Classifier) -> Callable[[ByteArray], None]:
    """One forward pass as quick as Keras has it, and one call of a Grad-CAM that was built before."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import BinaryScore

    grad_cam = Gradcam(classifier.network, model_modifier=ReplaceToLinear(), clone=True)
    layer = classifier.card.explained_layer

    def passed(prepared: ByteArray) -> None:
        image = prepared[np.newaxis].astype(np.float32)
        classifier.network.predict_on_batch(image)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as `core.explain` does
            grad_cam(BinaryScore([True]), image, penultimate_layer=layer, seek_penultimate_conv_layer=False)

    return passed


def _many_cells(classifier: Classifier, files: Sequence[Path]) -> None:
    """Many cells at once with overlays beside one after the other, and without beside the network on pixels."""
    prepared = np.stack([classifier.prepare(pixels.decode_file(file)) for file in files])
    classifier.network.predict(prepared, batch_size=32, verbose=0)
    times: dict[str, list[float]] = {"one by one": [], "at once": [], "without": [], "network": []}
    for _ in range(ROUNDS):
        times["one by one"].append(_seconds(lambda: [_with_overlays(classifier, [file]) for file in files]))
        times["at once"].append(_seconds(lambda: _with_overlays(classifier, files)))
        times["without"].append(_seconds(lambda: classify(classifier, _named(files), explain=False)))
        times["network"].append(_seconds(lambda: classifier.network.predict(prepared, batch_size=32, verbose=0)))
    cell = {name: 1000 * statistics.median(found) / len(files) for name, found in times.items()}
    print(f"{len(files)} cells with overlays, one by one: {cell['one by one']:.1f} ms a cell")
    print(f"{len(files)} cells with overlays, at once: {cell['at once']:.1f} ms a cell")
    print(f"rate at once over one by one: {cell['one by one'] / cell['at once']:.1f}\n")
    print(f"{len(files)} cells without overlays: {cell['without']:.1f} ms a cell")
    print(f"the network's predict on their prepared pixels: {cell['network']:.1f} ms a cell")
    print(f"rate without overlays over the network's: {cell['network'] / cell['without']:.2f}\n", flush=True)


def _with_overlays(classifier: Classifier, files: Sequence[Path]) -> list[ByteArray]:
    """What Upload shows of files: their classes, and a map over each."""
    answers = classify(classifier, _named(files))
    return [
        laid_over(classifier, pixels.decode_file(file), answer.relevance)
        for file, answer in zip(files, answers, strict=True)
        if answer.relevance is not None
    ]


def _named(files: Sequence[Path]) -> list[tuple[str, Any]]:
    return [(file.name, file) for file in files]


def _cold(file: Path) -> None:
    """The first answer of a process, over a process that imports TensorFlow and loads the network."""
    weights = MODELS / store.DEMO / store.WEIGHTS
    bare = f"import tensorflow, keras; keras.saving.load_model({str(weights)!r}, compile=False)"
    ours = (
        "from pathlib import Path; from core import store; from core.classify import classify; "
        f"(answer,) = classify(store.load(Path({str(MODELS)!r}), {store.DEMO!r}), [('cell', Path({str(file)!r}))], "
        "explain=False); raise SystemExit(answer.label is None)"
    )
    _seconds(lambda: _process(bare))  # what the disk gives is in memory from here on
    times: dict[str, list[float]] = {bare: [], ours: []}
    for _ in range(ROUNDS):
        for code, found in times.items():
            found.append(_seconds(lambda code=code: _process(code)))
    alone, first = statistics.median(times[bare]), statistics.median(times[ours])
    print(f"a process that imports TensorFlow and loads the network: {alone:.1f} s")
    print(f"a process that answers for a first cell: {first:.1f} s")
    print(f"cold start over import and loading: {first / alone:.2f}\n", flush=True)


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT_ROOT, stderr=subprocess.DEVNULL)


def memory() -> None:
    """Classify few, then many cells in this process as a session on Upload does, and print its memory after each."""
    prepare_environment()
    classifier, files = _warm()
    few = _after(classifier, files, FEW)
    many = _after(classifier, files, MANY)
    print(f"memory after {FEW:,} cells: {few / 1e6:.0f} MB; after {MANY:,}: {many / 1e6:.0f} MB")
    print(f"memory after {MANY:,} cells over that after {FEW:,}: {many / few:.3f}")


def _after(classifier: Classifier, files: Sequence[Path], count: int) -> int:
    """Bytes in memory with so many answers kept, once the first page of them was shown."""
    content = (_named([files[number % len(files)]])[0] for number in range(count))
    kept: list[Prediction] = []
    for answers in classified(classifier, content, explain=False):
        kept += answers
    shown = [pixels.decode_file(file) for file in files[:PAGE]]
    maps = mapped(classifier, shown, [answer.label or "" for answer in kept[:PAGE]])
    pictures = [laid_over(classifier, image, relevance) for image, relevance in zip(shown, maps, strict=True)]
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return 1024 * int(line.split()[1]) if len(kept) == count and len(pictures) == PAGE else 0


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    memory()
