"""Maps laid over cells."""

from typing import get_args

import cv2
import numpy as np
import pytest

from core.data.window import Window
from core.overlay import COLOURS, LEVELS, STYLES, Colours, Style, colour_bar, overlay


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)


def test_an_opacity_of_zero_returns_the_image() -> None:
    np.testing.assert_array_equal(overlay(picture(), np.ones((6, 8)), opacity=0), picture())


def test_pixels_without_relevance_stay_as_they_are() -> None:
    relevance = np.zeros((6, 8), dtype=np.float32)
    relevance[:3] = 1
    shown = overlay(picture(), relevance, opacity=1)
    np.testing.assert_array_equal(shown[3:], picture()[3:])
    assert not np.any(np.all(shown[:3] == picture()[:3], axis=-1))


def test_full_relevance_at_full_opacity_is_the_brightest_colour_of_the_map() -> None:
    np.testing.assert_array_equal(overlay(picture(), np.ones((6, 8)), opacity=1), np.full((6, 8, 3), (252, 255, 164)))


def test_half_the_opacity_mixes_image_and_colour_in_equal_parts() -> None:
    gray = np.full((2, 2, 3), 100, dtype=np.uint8)
    np.testing.assert_allclose(overlay(gray, np.ones((2, 2)), opacity=0.5)[0, 0], (176, 177.5, 132), atol=0.5)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (12, 16)])
def test_a_map_of_another_size_is_stretched_to_the_image(shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(
        overlay(picture(), np.ones(shape), opacity=0.45), overlay(picture(), np.ones((6, 8)), opacity=0.45)
    )


def test_a_map_is_laid_on_the_part_that_the_network_saw_and_on_nothing_else() -> None:
    shown = overlay(picture(), np.ones((2, 2)), seen=Window(-1, 3, 4, 4), opacity=1)
    expected = picture()
    expected[:3, 3:7] = (252, 255, 164)
    np.testing.assert_array_equal(shown, expected)


def test_the_image_itself_is_not_changed() -> None:
    image = picture()
    overlay(image, np.ones((6, 8)))
    np.testing.assert_array_equal(image, picture())


@pytest.mark.parametrize("opacity", [-0.01, 1.01, float("nan")])
def test_an_opacity_out_of_range_is_refused(opacity: float) -> None:
    with pytest.raises(ValueError, match=rf"^Expected an opacity in \[0, 1\]\. Received: {opacity}\.$"):
        overlay(picture(), np.ones((6, 8)), opacity=opacity)


@pytest.mark.parametrize("colours", get_args(Colours))
def test_each_colour_map_rises_from_dark_to_bright_and_has_a_name(colours: Colours) -> None:
    black = np.zeros((1, 256, 3), dtype=np.uint8)
    heat = overlay(black, np.linspace(0, 1, 256)[np.newaxis], opacity=1, colours=colours)
    brightness = cv2.cvtColor(heat, cv2.COLOR_RGB2GRAY)[0].astype(int)
    assert np.diff(brightness).min() >= -1
    assert brightness[-1] - brightness[0] > 180
    assert COLOURS[colours].lower() == colours


def test_lines_lie_where_the_relevance_reaches_a_level_and_nowhere_else() -> None:
    black = np.zeros((450, 450, 3), dtype=np.uint8)
    relevance = np.zeros((450, 450), dtype=np.float32)
    relevance[:, 200:] = 0.3  # one of the three levels, 0.25
    shown = overlay(black, relevance, opacity=1, style="contour")
    colour = cv2.applyColorMap(np.uint8([[63]]), cv2.COLORMAP_INFERNO)[0, 0, ::-1]
    np.testing.assert_array_equal(shown[225, 200], colour)
    assert (shown[225, [197, 203]] > 190).all()  # a white line shines out on both sides
    assert not shown[:, :196].any()
    assert not shown[5:445, 205:445].any()


def test_each_level_has_a_line_of_its_colour() -> None:
    black = np.zeros((450, 450, 3), dtype=np.uint8)
    for level in LEVELS:
        shown = overlay(black, np.full((450, 450), level), opacity=1, colours="viridis", style="contour")
        colour = cv2.applyColorMap(np.uint8([[int(level * 255)]]), cv2.COLORMAP_VIRIDIS)[0, 0, ::-1]
        np.testing.assert_array_equal(shown[0, 225], colour)  # the outline of all that is as relevant
    assert not overlay(black, np.full((450, 450), 0.24), opacity=1, style="contour").any()


@pytest.mark.parametrize("style", get_args(Style))
def test_without_opacity_or_relevance_no_style_changes_the_image(style: Style) -> None:
    np.testing.assert_array_equal(overlay(picture(), np.ones((6, 8)), opacity=0, style=style), picture())
    np.testing.assert_array_equal(overlay(picture(), np.zeros((6, 8)), opacity=1, style=style), picture())


def test_the_bar_of_heat_is_what_the_overlay_makes_of_grey() -> None:
    bar = colour_bar(256, 4, opacity=1, colours="magma")
    assert bar.shape == (4, 256, 3)
    np.testing.assert_array_equal(bar[:, 0], np.full((4, 3), 128))
    np.testing.assert_array_equal(bar[0, -1], cv2.applyColorMap(np.uint8([[255]]), cv2.COLORMAP_MAGMA)[0, 0, ::-1])
    np.testing.assert_array_equal(colour_bar(256, 4, opacity=0), np.full((4, 256, 3), 128))


def test_the_bar_of_lines_has_one_mark_a_level() -> None:
    bar = colour_bar(201, 8, opacity=1, style="contour")
    for level in LEVELS:
        colour = cv2.applyColorMap(np.uint8([[int(level * 255)]]), cv2.COLORMAP_INFERNO)[0, 0, ::-1]
        np.testing.assert_array_equal(bar[0, round(200 * level)], colour)
        np.testing.assert_array_equal(bar[0, round(200 * level) - 4], (255, 255, 255))
    assert (bar[0] == 128).all(axis=1).sum() == 201 - 3 * 8
    np.testing.assert_array_equal(colour_bar(201, 8, opacity=0, style="contour"), np.full((8, 201, 3), 128))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"colours": "jet"}, r"^Expected a colour map out of inferno, .*, cividis\. Received: jet\.$"),
        ({"style": "dots"}, r"^Expected a style out of heat, contour\. Received: dots\.$"),
    ],
)
def test_what_is_unknown_is_refused(options: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        overlay(picture(), np.ones((6, 8)), **options)  # type: ignore[arg-type]


def test_each_style_has_a_name_for_people() -> None:
    assert set(STYLES) == set(get_args(Style))
