"""Figures of models' curves: ROC, precision and recall, reliability, decisions, coverage."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.colours import NEUTRAL, PALETTE
from core.curves import Band
from core.figures.style import finished

_HEIGHT, _LINE = 400, 22  # pixels; on a phone each curve takes a line of the legend
_FAINT = 0.15


def roc_bands(bands: Mapping[str, Band], *, order: Sequence[str], labels: Mapping[str, str]) -> go.Figure:
    """ROC curves, each in its band.

    Args:
        bands: Sensitivity by 1 - specificity, by model.
        order: All models of the comparison: a model keeps its colour, whichever others are drawn.
        labels: What the legend says of each model.
    """
    figure = _chance([0, 1], [0, 1])
    _draw(figure, bands, order=order, labels=labels, hover="false alarms %{x:.0%}, found %{y:.0%}")
    return _shares(figure, "1 - specificity (false alarms)", "Sensitivity (found)")


def precision_bands(
    bands: Mapping[str, Band], *, order: Sequence[str], labels: Mapping[str, str], prevalence: float
) -> go.Figure:
    """Precision-recall curves, each in its band; see `roc_bands`.

    Args:
        bands: PPV by sensitivity, by model.
        order: All models of the comparison.
        labels: What the legend says of each model.
        prevalence: Share of positive cells: the PPV of calling each cell positive.
    """
    figure = _chance([0, 1], [prevalence, prevalence], name="Call all")
    _draw(figure, bands, order=order, labels=labels, hover="found %{x:.0%}, PPV %{y:.0%}")
    return _shares(figure, "Sensitivity (recall)", "PPV on these cells (precision)")


def coverage_bands(bands: Mapping[str, Band], *, order: Sequence[str], labels: Mapping[str, str]) -> go.Figure:
    """Accuracy by the share of cells that are answered, the surest first, each in its band; see `roc_bands`."""
    figure = go.Figure()
    _draw(figure, bands, order=order, labels=labels, hover="answered %{x:.0%}, right %{y:.0%}")
    return _shares(figure, "Share of cells that is answered, the surest first", "Accuracy of these answers")


def decision_curves(
    bands: Mapping[str, Band], *, order: Sequence[str], labels: Mapping[str, str], treat_all: Band, positive: str
) -> go.Figure:
    """Net benefit by threshold, with calling all cells and calling none; see `roc_bands`.

    Args:
        bands: Net benefit by threshold, by model; their own bands are not drawn.
        order: All models of the comparison.
        labels: What the legend says of each model.
        treat_all: Net benefit of calling each cell positive.
        positive: Name of the positive class.
    """
    figure = go.Figure()
    for name, height, dash in (("Call all", treat_all.value, "dash"), ("Call none", 0 * treat_all.value, "dot")):
        figure.add_scatter(
            x=treat_all.at,
            y=height,
            mode="lines",
            line={"color": NEUTRAL, "dash": dash},
            name=f"{name} {positive}",
            hoverinfo="skip",
        )
    bare = {model: Band(band.at, band.value) for model, band in bands.items()}
    _draw(figure, bare, order=order, labels=labels, hover="threshold %{x:.0%}, net benefit %{y:.3f}")
    highest = max([treat_all.value.max(), *(band.value.max() for band in bands.values())])
    figure.update_layout(
        xaxis={"title": f"Probability from which one would act on {positive}", "range": [0, 1], "tickformat": ".0%"},
        yaxis={"title": "Net benefit a cell", "range": [-0.25 * highest, 1.1 * highest]},
    )
    return finished(figure, height=_HEIGHT + _LINE * sum(trace.name is not None for trace in figure.data))


def reliability_curves(
    bins: Mapping[str, Sequence[tuple[float, float, int]]],
    *,
    order: Sequence[str],
    labels: Mapping[str, str],
    positive: str,
) -> go.Figure:
    """Share of positive cells by the probability that they were given.

    Args:
        bins: (mean probability, share of positive cells, cells) of each bin, by model.
        order: All models of the comparison.
        labels: What the legend says of each model.
        positive: Name of the positive class.
    """
    figure = _chance([0, 1], [0, 1], name="As promised")
    for model, found in bins.items():
        figure.add_scatter(
            x=[mean for mean, _, _ in found],
            y=[share for _, share, _ in found],
            customdata=[cells for _, _, cells in found],
            mode="lines+markers",
            line=line(model, order),
            marker={"size": 8},
            name=labels[model],
            hovertemplate=f"given %{{x:.0%}}, is {positive} %{{y:.0%}} (%{{customdata}} cells)",
        )
    return _shares(figure, f"Probability given for {positive}", f"Share that is {positive}")


def line(model: str, order: Sequence[str]) -> dict[str, str]:
    """Colour and dash of a model: the same wherever it is drawn."""
    number = order.index(model)
    return {"color": PALETTE[number % len(PALETTE)], "dash": "solid" if number < len(PALETTE) else "dash"}


def _chance(across: list[float], up: list[float], *, name: str = "Chance") -> go.Figure:
    figure = go.Figure()
    figure.add_scatter(
        x=across, y=up, mode="lines", line={"color": NEUTRAL, "dash": "dot"}, name=name, hoverinfo="skip"
    )
    return figure


def _draw(
    figure: go.Figure, bands: Mapping[str, Band], *, order: Sequence[str], labels: Mapping[str, str], hover: str
) -> None:
    for model, band in bands.items():
        style = line(model, order)
        if band.low is not None and band.high is not None:
            figure.add_scatter(
                x=[*band.at, *band.at[::-1]],
                y=[*band.high, *band.low[::-1]],
                fill="toself",
                fillcolor=_faint(style["color"]),
                line={"width": 0},
                mode="lines",
                legendgroup=model,
                showlegend=False,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=band.at,
            y=band.value,
            mode="lines",
            line=style,
            legendgroup=model,
            name=labels[model],
            hovertemplate=f"{hover}<extra>{model}</extra>",
        )


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {_FAINT})"


def _shares(figure: go.Figure, across: str, up: str) -> go.Figure:
    """Both axes from 0 to 100 %."""
    figure.update_layout(
        xaxis={"title": across, "range": [-0.01, 1.01], "tickformat": ".0%"},
        yaxis={"title": up, "range": [-0.01, 1.01], "tickformat": ".0%"},
    )
    return finished(figure, height=_HEIGHT + _LINE * sum(trace.name is not None for trace in figure.data))
