import cv2
import numpy as np
import pandas as pd
import pytest

from core.data.quality import CHECKS, QUALITY, flagged, quality
from core.data.segmentation import segment
from core.types import ByteArray


def cell_image(colour: tuple[int, int, int] = (60, 60, 60), size: int = 40) -> ByteArray:
    image = np.zeros((100, 100, 3), dtype=np.uint8)
    image[30 : 30 + size, 30 : 30 + size] = colour
    return image


def measured(image: ByteArray) -> dict[str, float]:
    return quality(image, segment(image))


def grainy(image: ByteArray) -> ByteArray:
    noise = np.random.default_rng(0).integers(-20, 21, image.shape[:2])[..., np.newaxis]
    return np.where(image > 0, np.clip(image + noise, 20, 255), 0).astype(np.uint8)


def test_brightness_is_the_cells_and_not_its_black_surroundings() -> None:
    assert measured(cell_image())["brightness"] == 60
    assert measured(cell_image(size=10))["brightness"] == 60


def test_contrast_is_the_spread_of_grey_levels_within_the_cell() -> None:
    image = cell_image()
    assert measured(image)["contrast"] == 0
    image[30:50, 30:70] = 80
    assert measured(image)["contrast"] == pytest.approx(10)


def test_a_blurred_cell_is_less_sharp_than_the_same_cell_in_focus() -> None:
    sharp = grainy(cell_image(size=60))
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    blurred[sharp.max(axis=2) == 0] = 0
    assert measured(blurred)["sharpness"] < measured(sharp)["sharpness"] / 3


def test_sharpness_is_the_laplacians_variance_over_that_of_the_grey_levels_within_the_cell() -> None:
    image = grainy(cell_image(size=60))
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[30:90, 30:90].astype(np.float32)
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.0)
    inside = slice(5, -5), slice(5, -5)
    edges = cv2.Laplacian(smooth, cv2.CV_32F)[inside].astype(np.float64)
    assert measured(image)["sharpness"] == pytest.approx(edges.var() / smooth[inside].astype(np.float64).var())


def test_filled_and_debris_are_shares() -> None:
    image = cell_image()
    image[5:10, 5:15] = 60
    found = measured(image)
    assert found["filled"] == pytest.approx((1600 + 50) / 10_000)
    assert found["debris"] == pytest.approx(50 / 1650)


def test_an_empty_image_has_no_numbers_where_none_can_be() -> None:
    found = measured(np.zeros((50, 50, 3), dtype=np.uint8))
    assert set(found) == set(QUALITY)
    assert (found["filled"], found["objects"], found["border"]) == (0, 0, 0)
    assert np.isnan([found["brightness"], found["contrast"], found["sharpness"], found["debris"]]).all()


def rows(**columns: list[float]) -> pd.DataFrame:
    table = pd.DataFrame({check.measure: [50.0, 50.0] for check in CHECKS.values()})
    table = table.assign(sharpness=1.0, debris=0.0, objects=1.0, border=0.0, filled=0.2, equivalent_diameter=200.0)
    return table.assign(**columns)


@pytest.mark.parametrize(
    ("check", "columns"),
    [
        ("dark", {"brightness": [20, 50]}),
        ("bright", {"brightness": [90, 50]}),
        ("flat", {"contrast": [1, 50]}),
        ("blurred", {"sharpness": [0.001, 1]}),
        ("empty", {"filled": [0.01, 0.2]}),
        ("cut", {"border": [1, 0]}),
        ("several", {"objects": [2, 1]}),
        ("debris", {"debris": [0.2, 0]}),
        ("small", {"equivalent_diameter": [100, 200]}),
        ("large", {"equivalent_diameter": [350, 200]}),
    ],
)
def test_each_check_flags_what_it_names_and_nothing_else(check: str, columns: dict[str, list[float]]) -> None:
    found = flagged(rows(**columns))
    assert found.loc[0, found.loc[0]].index.tolist() == [check]
    assert not found.loc[1].any()


def test_a_moved_threshold_moves_the_flags() -> None:
    table = rows(brightness=[40, 50])
    assert flagged(table)["dark"].tolist() == [False, False]
    assert flagged(table, {"dark": 45})["dark"].tolist() == [True, False]


def test_what_could_not_be_measured_is_not_flagged() -> None:
    assert flagged(rows(brightness=[float("nan"), 50]))["dark"].tolist() == [False, False]
