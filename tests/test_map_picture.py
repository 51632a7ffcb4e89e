"""A map as a picture to take away."""

from dataclasses import replace
from datetime import datetime
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.calibrator import Calibrator
from core.card import RESEARCH_NOTICE, ModelCard
from core.classical_training import ClassicalResult
from core.map_picture import MapCaption, captioned
from core.training import TrainingResult

WHEN = datetime(2026, 3, 4, 5, 6)


@pytest.fixture
def card(trained: TrainingResult) -> ModelCard:
    old = replace(trained.classifier.card, calibrator=Calibrator(), calibration={})
    return replace(old, threshold=0.25, model_sha256="0123456789abcdef" * 4)


def opened(png: bytes) -> Image.Image:
    found = Image.open(BytesIO(png))
    found.load()
    return found


def test_the_caption_says_all_that_must_be_known_of_a_map(card: ModelCard) -> None:
    caption = MapCaption(
        "a.bmp", "HEM", 0.2, "ALL", card, WHEN, "score-cam", "3 of 7: conv2d_2", 0.6, "cividis", "contour"
    )
    assert caption.fields() == {
        "Cell": "a.bmp",
        "Called": "HEM, score of ALL 0.20 (called ALL from 0.25)",
        "Map": "Score-CAM for ALL",
        "Layer": "3 of 7: conv2d_2",
        "Drawn as": "Lines at 25, 50 and 75 % in Cividis, opacity 60 %",
        "Model": "tiny (drawn cells), SHA-256 0123456789ab",
        "Made": "2026-03-04 05:06",
        "Meaning": "Shows where the score is sensitive, not why.",
        "Notice": " ".join((RESEARCH_NOTICE, *card.caveats)),
    }


def test_a_calibrated_model_has_probabilities_and_one_that_is_not_known_is_left_out(trained: TrainingResult) -> None:
    figures = {"validation": {"before": {}, "after": {}}}
    calibrated = replace(trained.classifier.card, calibrator=Calibrator("temperature", 0.5), calibration=figures)
    cut = f"(called ALL from {calibrated.shown_threshold:.2f})"
    found = MapCaption("a.bmp", "ALL", 0.9, "ALL", calibrated, WHEN).fields()
    assert found["Called"] == f"ALL, probability of ALL 0.90 {cut}"
    assert found["Layer"] == "features"
    assert MapCaption("a.bmp", "ALL", None, "ALL", calibrated, WHEN).fields()["Called"] == f"ALL {cut}"


def test_a_scikit_learn_model_has_an_occlusion_map_and_no_layer(fitted: ClassicalResult) -> None:
    found = MapCaption("a.bmp", "ALL", 0.9, "HEM", fitted.model.card, WHEN).fields()
    assert found["Map"] == "Occlusion for HEM"
    assert "Layer" not in found


def test_the_png_shows_cell_map_and_bar_and_holds_the_caption_as_text(card: ModelCard) -> None:
    cell, laid = np.full((30, 30, 3), (0, 0, 200), np.uint8), np.full((30, 30, 3), (0, 200, 0), np.uint8)
    caption = MapCaption("Müller 細胞.bmp", "HEM", 0.2, "ALL", card, WHEN)
    found = opened(captioned(cell, laid, caption))
    pixels = np.asarray(found)
    assert found.size[0] == 2 * 440 + 3 * 24
    blue, green = ((pixels == colour).all(axis=2) for colour in ((0, 0, 200), (0, 200, 0)))
    assert blue.sum() == green.sum() == 440 * 440
    assert np.argwhere(blue)[:, 1].max() < np.argwhere(green)[:, 1].min()  # side by side
    below = pixels[np.argwhere(green)[:, 0].max() + 1 :]
    assert (below == (128, 128, 128)).all(axis=2).any()  # the low end of the bar
    assert (below == 0).all(axis=2).any()  # letters
    texts = found.text
    assert texts["Cell"] == "Müller 細胞.bmp"
    assert {name: texts[name] for name in caption.fields()} == caption.fields()
    assert (texts["Model SHA-256"], texts["Software"]) == (card.model_sha256, "LeukoScope")


def test_a_long_name_is_written_in_several_lines_and_a_picture_that_is_no_square_keeps_its_shape(
    card: ModelCard,
) -> None:
    cell = np.full((10, 20, 3), (0, 0, 200), np.uint8)
    short, long = (
        opened(captioned(cell, cell, MapCaption(name, "HEM", 0.2, "ALL", card, WHEN)))
        for name in ("a.bmp", "a" * 300 + ".bmp")
    )
    assert long.size[0] == short.size[0]
    assert long.size[1] > short.size[1]
    blue = np.argwhere((np.asarray(short) == (0, 0, 200)).all(axis=2))
    assert np.ptp(blue[:, 0]) + 1 == 220
    assert np.asarray(long)[:, -24:].min() == 255  # nothing runs over the edge
