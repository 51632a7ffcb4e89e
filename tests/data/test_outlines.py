"""Outlines of regions on their picture."""

import numpy as np

from core.data.cutout import regions
from core.data.outlines import outlined
from tests.data.test_cutout import NUCLEUS, discs


def test_outlines_are_drawn_on_a_copy_and_the_chosen_stand_out() -> None:
    image = discs((90, 150, 50, NUCLEUS), (290, 150, 60, NUCLEUS))
    found = regions(image)
    before = image.copy()
    drawn = outlined(image, found, [0])
    np.testing.assert_array_equal(image, before)
    yellow = np.argwhere((drawn == (255, 214, 0)).all(axis=2))[:, 1]
    white = np.argwhere((drawn == (255, 255, 255)).all(axis=2))[:, 1]
    assert yellow.min() > 200 > white.max()  # the larger disc, on the right, is the best
    np.testing.assert_array_equal(outlined(image, [], []), image)
