"""The training form: presets, hyperparameters and a budget, and how augmented cells look."""

import streamlit as st

from core import networks
from core.data.pixels import decode_file, prepare
from core.data.split import split
from core.hyperparameters import TrainingConfig
from core.presets import DEFAULT, PRESETS, matching
from core.preview import augmented
from dashboard import state
from dashboard.components.budget import affordable, budget
from dashboard.components.cells import PICTURE_WIDTH
from dashboard.components.data import current_dataset
from dashboard.components.hyperparameters import advanced, basic
from dashboard.components.starting_point import start_line, starting_point


def training_form() -> tuple[str, TrainingConfig] | None:
    """Ask for a name and hyperparameters; return them when the user starts a training."""
    _presets()
    start_line()
    with st.form("hyperparameters"):
        name, seen = basic()
        limits = budget()
        with st.expander("Advanced", icon=":material/tune:"):
            start, weights = starting_point()
            hidden = advanced()
            preview = st.form_submit_button("Show augmented cells", icon=":material/visibility:")
        with st.container(horizontal=True):
            train = st.form_submit_button("Train", type="primary", icon=":material/play_arrow:")
            ask = st.form_submit_button("Estimate time and memory", icon=":material/timer:")
    if not (preview or train or ask):
        return None
    config = TrainingConfig(**seen, **weights, **hidden)
    if start is not None:
        config = start.continued(config)
    if preview:
        _preview(config)
        return None
    networks.check(config.architecture, image_size=config.image_size, pretrained=config.pretrained)
    if ask or limits:
        config = affordable(config, limits, start, anew=ask)
    return (name, config) if train else None


def _presets() -> None:
    """Let the user set all hyperparameters at once; none is shown as chosen where they fit none."""
    chosen = state.training_choices()
    if len(chosen) < len(state.TRAIN):
        _choose(DEFAULT)
    else:
        found = matching({**chosen, "subjects_share": chosen["subjects_share"] / 100})
        state.choose_training({}, found)
    shown = st.segmented_control(
        "Preset",
        list(PRESETS),
        format_func=lambda key: PRESETS[key].title,
        key=state.TRAIN_PRESET,
        on_change=lambda: _choose(state.chosen_preset()),
    )
    st.caption(PRESETS[shown].sentence if shown else "Your own choices. A preset sets all of them again.")


def _choose(preset: str | None) -> None:
    if preset is not None:
        fields = PRESETS[preset].fields
        state.choose_training({**fields, "subjects_share": round(fields["subjects_share"] * 100)}, preset)


def _preview(config: TrainingConfig) -> None:
    """One training cell as the network will see it."""
    dataset = current_dataset(hashes=True)
    cell = split(dataset, seed=config.seed, share=config.subjects_share).cells(dataset, "train").iloc[0]
    image = prepare(decode_file(dataset.file(cell["path"])), config.preprocessing)
    who = f"{cell['label']}, subject {cell['subject']}" if cell["subject"] else cell["label"]
    st.subheader(f"A training cell as the network sees it: {who}")
    with st.container(horizontal=True):
        for number, version in enumerate(augmented(image, config.augmentation, seed=config.seed), start=1):
            st.image(version.squeeze(), width=PICTURE_WIDTH, alt=f"Version {number} of a cell of class {cell['label']}")
