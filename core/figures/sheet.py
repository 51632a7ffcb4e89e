"""Figure of a patient sheet: how many cells are what."""

import plotly.graph_objects as go

from core.cases.patient_sheet import PatientSheet
from core.colours import NEGATIVE, NEUTRAL, POSITIVE
from core.figures.style import finished

_HEIGHT = 150  # pixels; one bar


def shares(sheet: PatientSheet, *, negative: str) -> go.Figure:
    """All cells as one bar: positive, negative and without a class after the reviews.

    Args:
        sheet: Of one patient.
        negative: Name of the negative class.
    """
    parts = {
        sheet.positive: (sheet.final, POSITIVE),
        negative: (sheet.counted - sheet.final, NEGATIVE),
        "No class": (sheet.cells - sheet.counted, NEUTRAL),
    }
    figure = go.Figure()
    for name, (count, colour) in parts.items():
        figure.add_bar(
            x=[count],
            y=[""],
            name=f"{name}: {count:,}",
            orientation="h",
            marker_color=colour,
            hovertemplate=f"{name}: {count:,} of {sheet.cells:,} cells<extra></extra>",
        )
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    figure.update_xaxes(title="Cells", range=[0, sheet.cells])
    return finished(figure, height=_HEIGHT)
