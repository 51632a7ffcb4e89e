"""Are drawn cells true to scale, and how far does area alone tell the classes apart by subject?"""

import numpy as np

from core.data.demo import demo_cells
from core.evaluation import roc_auc

CELLS, SUBJECTS, SEED = 1200, 60, 4242


def run() -> None:
    """Print the median equivalent diameters and the AUROC of area alone."""
    planned = demo_cells(cells=CELLS, subjects=SUBJECTS, seed=SEED)
    area = np.array([np.count_nonzero(cell.draw().image.any(axis=2)) for cell in planned], dtype=float)
    truth = np.array([cell.positive for cell in planned], dtype=int)
    diameter = np.sqrt(4 * area / np.pi)
    print(f"{CELLS} cells of {SUBJECTS} subjects, seed {SEED}")
    for name, label in (("ALL", 1), ("HEM", 0)):
        print(f"median equivalent diameter {name}: {np.median(diameter[truth == label]):.0f} px")
    print(f"AUROC of area alone: {roc_auc(truth, area):.3f}")
