"""A budget for a training in minutes and memory, and what the training will take of it."""

import streamlit as st

from core.budget import estimate, within
from core.card import ModelCard
from core.cost import Cost, cost_key, measured_cost
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig
from dashboard import state
from dashboard.components.data import current_dataset


def budget() -> dict[str, float]:
    """Limits that the user sets; none where both are 0."""
    left, right = st.columns(2)
    minutes = left.number_input(
        "At most so many minutes (0: no limit)",
        0,
        100_000,
        0,
        step=5,
        help="Subjects are left out, of both classes alike, until the training fits; its results are then marked "
        "'reduced'. The speed of this computer is measured on a few batches first.",
        key="train_minutes",
        persist_state="session",
    )
    gigabytes = right.number_input(
        "At most so much memory in GB (0: no limit)",
        0.0,
        1000.0,
        0.0,
        step=0.5,
        format="%g",
        help="Libraries, pixels of all cells and one batch on its way through the network. As with minutes, subjects "
        "are left out until it fits.",
        key="train_gigabytes",
        persist_state="session",
    )
    limits = {"minutes": float(minutes), "gigabytes": float(gigabytes)}
    return {name: limit for name, limit in limits.items() if limit > 0}


def affordable(
    config: TrainingConfig, limits: dict[str, float], start: ModelCard | None, *, anew: bool
) -> TrainingConfig:
    """The configuration that fits the limits; says what it will take and what it leaves out.

    Args:
        config: Hyperparameters; its share of subjects is the most that is used.
        limits: From `budget`.
        start: Card of the model that training starts from.
        anew: Whether to measure again what was measured before.
    """
    dataset = current_dataset(hashes=True)
    with st.spinner("Measuring on a few batches; takes some ten seconds"):
        cost = _cost(dataset, config, anew=anew)
        fitting = within(dataset, config, cost, **limits, start=start)
        found = estimate(dataset, fitting, cost, start=start)
    speed = f"Measured on this computer: {cost.training:.0f} images/s in training."
    st.info(" ".join(filter(None, (found.sentence, found.left_out, speed))), icon=":material/timer:")
    return fitting


def _cost(dataset: CellDataset, config: TrainingConfig, *, anew: bool) -> Cost:
    key = (state.source(), cost_key(config))
    kept = state.training_cost(key)
    if isinstance(kept, Cost) and not anew:
        return kept
    found = measured_cost(dataset, config)
    state.keep_training_cost(key, found)
    return found
