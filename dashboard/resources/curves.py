"""Curves with their bands, each resampled once: turning a view or moving a slider resamples nobody again."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.evaluation import EvaluationReport
from core.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from core.curves import Band

_BANDS = 200  # of 201 points each
_COLUMNS = ["person", "positive", "score", "probability"]


def band(curve: str, report: EvaluationReport, *, seed: int, at: FloatArray) -> "Band":
    """A curve of a report's cells with its band over resampled persons.

    Args:
        curve: Name of a function of `core.curves`.
        report: Of a row of a comparison.
        seed: Of the resampling.
        at: Where to read the curve, (points,).
    """
    return _band(curve, report.cells[_COLUMNS].assign(called=report.called), seed, at)


@st.cache_data(max_entries=_BANDS, show_spinner="Resampling persons")
def _band(curve: str, cells: "pd.DataFrame", seed: int, at: FloatArray) -> "Band":
    from core import curves
    from core.metrics import Judged
    from core.resampling import resampling

    truth = cells["positive"].to_numpy(dtype=np.int64)
    draws = resampling(cells["person"].to_numpy(dtype=str), truth, seed=seed)
    judged = Judged(
        truth,
        cells["score"].to_numpy(dtype=np.float64),
        cells["called"].to_numpy(dtype=np.int64),
        cells["probability"].to_numpy(dtype=np.float64),
        draws.unit,
    )
    return curves.band(getattr(curves, curve), judged, draws, at)
