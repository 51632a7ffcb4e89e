"""Does Grad-CAM of the demo model point at the cell, and at the planted evidence?"""

import numpy as np

from core import store
from core.config import PROJECT_ROOT
from core.data import pixels
from core.data.demo import demo_cells
from core.data.drawing import EDGE, DrawnCell
from core.explain import grad_cam
from core.types import FloatArray, MaskArray

CELLS, SUBJECTS, SEED = 600, 30, 4243  # a seed that no model was trained on


def run() -> None:
    """Print where the maps' peaks and heat lie on correctly classified cells."""
    classifier = store.network(PROJECT_ROOT / "models", store.DEMO)
    planned = demo_cells(cells=CELLS, subjects=SUBJECTS, seed=SEED)
    drawn = [cell.draw() for cell in planned]
    images = np.stack([pixels.prepare(cell.image, classifier.card.preprocessing) for cell in drawn])
    truth = np.array([cell.positive for cell in planned])
    called = classifier.scores(images) >= classifier.card.threshold
    maps = grad_cam(classifier, images, called)
    right = truth == called
    print(f"{CELLS} cells of {SUBJECTS} subjects, seed {SEED}; correctly classified: {right.mean():.1%}")
    for name, chosen, evidence in (
        ("all correctly classified cells", right, False),
        ("ALL, with planted evidence", right & truth, True),
        ("HEM, without evidence", right & ~truth, False),
    ):
        cells = [
            (
                drawn[row],
                pixels.seen(drawn[row].image, classifier.card.preprocessing).laid_back(maps[row], (EDGE, EDGE)),
            )
            for row in np.flatnonzero(chosen)
        ]
        print(f"\n{name}: {len(cells)} cells")
        _report(cells, evidence=evidence)


def _report(cells: list[tuple[DrawnCell, FloatArray]], *, evidence: bool) -> None:
    empty = sum(not relevance.any() for _, relevance in cells)
    print(f"empty maps: {empty} of {len(cells)}")
    rows = [_shares(relevance, cell.cell) for cell, relevance in cells]
    _print("the cell", rows)
    if evidence:
        within = [(cell, relevance) for cell, relevance in cells if cell.evidence.any()]
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
