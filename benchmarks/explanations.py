"""Do maps of the demo model point at the cell and at the planted evidence, and do they deserve the labels they get?"""

import time
from collections import Counter
from collections.abc import Callable
from typing import get_args

import numpy as np

from core import store
from core.classifier import Classifier
from core.config import PROJECT_ROOT
from core.data import pixels
from core.data.demo import demo_cells
from core.data.drawing import EDGE, DrawnCell
from core.explain import Method, relevance_maps
from core.faithfulness import as_smooth, cell_seen, faithfulness
from core.sanity import CELLS as SHUFFLED
from core.sanity import sanity_check
from core.types import ByteArray, FloatArray, MaskArray

CELLS, SUBJECTS, SEED = 100, 25, 4243  # a seed that no model was trained on
JUDGED = 30  # cells whose maps get a quality label
TIMED = 8
SHUFFLED_METHODS: tuple[Method, ...] = ("grad-cam", "grad-cam++")  # of the others 200 maps take too long


def run() -> None:
    """Print for each method where peak and heat lie, the quality labels, the time and the sanity check."""
    classifier = store.network(PROJECT_ROOT / "models", store.DEMO)
    planned = demo_cells(cells=CELLS, subjects=SUBJECTS, seed=SEED)
    drawn = [cell.draw() for cell in planned]
    images = np.stack([pixels.prepare(cell.image, classifier.card.preprocessing) for cell in drawn])
    truth = np.array([cell.positive for cell in planned])
    called = classifier.scores(images) >= classifier.card.threshold
    print(f"{CELLS} cells of {SUBJECTS} subjects, seed {SEED}; correctly classified: {(truth == called).mean():.1%}")
    pass_seconds = _seconds(lambda: classifier.scores(images[:TIMED]))
    for method in get_args(Method):
        print(f"\n{method}", flush=True)
        maps = relevance_maps(classifier, images, called, method=method)
        _places(classifier, drawn, maps, truth, called)
        _labels(classifier, [cell.image for cell in drawn[:JUDGED]], images, maps, called)
        seconds = _seconds(lambda: relevance_maps(classifier, images[:TIMED], called[:TIMED], method=method))  # noqa: B023
        print(f"core time of a map over that of a score: {seconds / pass_seconds:.1f}")
        if method not in SHUFFLED_METHODS:
            continue
        found = sanity_check(classifier, images[:SHUFFLED], method=method)
        for stage in found.stages:
            print(f"shuffled to {stage.layer}: rank {stage.rank_correlation:+.2f}, similarity {stage.similarity:+.2f}")
        print(found.sentence, flush=True)
    print("\nrandom maps as smooth as Grad-CAM's")
    rng = np.random.default_rng(SEED)
    maps = np.stack([_random(relevance, rng) for relevance in relevance_maps(classifier, images, called)])
    _places(classifier, drawn, maps, truth, called)
    _labels(classifier, [cell.image for cell in drawn[:JUDGED]], images, maps, called)


def _random(relevance: FloatArray, rng: np.random.Generator) -> FloatArray:
    found = as_smooth(relevance, rng)
    return (found - found.min()) / max(np.ptp(found), 1e-9)


def _places(
    classifier: Classifier, drawn: list[DrawnCell], maps: FloatArray, truth: MaskArray, called: MaskArray
) -> None:
    for name, chosen in (("ALL", truth & called), ("HEM", ~truth & ~called)):
        cells = [
            (
                drawn[row],
                pixels.seen(drawn[row].image, classifier.card.preprocessing).laid_back(maps[row], (EDGE, EDGE)),
            )
            for row in np.flatnonzero(chosen)
        ]
        print(f"{name}: {len(cells)} cells, {sum(not relevance.any() for _, relevance in cells)} empty maps")
        _print("the cell", [_shares(relevance, cell.cell) for cell, relevance in cells])
        within = [(cell, relevance) for cell, relevance in cells if cell.evidence.any()]
        if name == "ALL" and within:
            _print("the evidence", [_shares(relevance, cell.evidence) for cell, relevance in within])
            of_cell = np.mean([cell.evidence.sum() / cell.cell.sum() for cell, _ in within])
            print(f"the evidence covers {of_cell:.1%} of the cell")


def _shares(relevance: FloatArray, mask: MaskArray) -> tuple[bool, float, float]:
    """Whether the peak is inside the mask, the share of heat inside, and the share that an even map would have."""
    peak = np.unravel_index(int(relevance.argmax()), relevance.shape)
    total = float(relevance.sum())
    inside = float(relevance[mask].sum()) / total if total else 0.0
    return bool(total and mask[peak]), inside, float(mask.mean())


def _print(where: str, rows: list[tuple[bool, float, float]]) -> None:
    peak, inside, even = np.array(rows, dtype=float).mean(axis=0)
    print(f"peak inside {where}: {peak:.1%}; heat inside {where}: {inside:.1%} (an even map: {even:.1%})")


def _labels(
    classifier: Classifier, whole: list[ByteArray], images: ByteArray, maps: FloatArray, called: MaskArray
) -> None:
    size = classifier.card.preprocessing.image_size
    found = []
    for row, image in enumerate(whole):
        cell = cell_seen(image, pixels.seen(image, classifier.card.preprocessing), size)
        found.append(faithfulness(classifier.scores, images[row], maps[row], cell, positive=bool(called[row])))
    for name, chosen in (("ALL", called), ("HEM", ~called)):
        some = [found[row] for row in np.flatnonzero(chosen[: len(found)])]
        gain = np.mean([each.insertion - each.deletion for each in some])
        print(f"called {name}: {dict(Counter(each.label for each in some))}, insertion - deletion {gain:+.3f}")
    print(f"labels: {dict(Counter(each.label for each in found))}", flush=True)


def _seconds(work: Callable[[], object]) -> float:
    """Core seconds of a second run."""
    work()
    start = time.process_time()
    work()
    return time.process_time() - start
