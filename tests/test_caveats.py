"""What must stand beside figures, for whom."""

import pytest

from core.caveats import DRAWN, NOT_BY_SUBJECT, caveats


@pytest.mark.parametrize(
    ("origin", "split_by", "expected"),
    [
        ("C-NMC", "subject", {}),
        ("drawn, seed 0", "subject", {"drawn cells": DRAWN}),
        ("smears", "cell", {"not by subject": NOT_BY_SUBJECT}),
        ("drawn, seed 0", "cell", {"drawn cells": DRAWN, "not by subject": NOT_BY_SUBJECT}),
    ],
)
def test_drawn_cells_and_a_split_that_ignores_subjects_are_stamped(
    origin: str, split_by: str, expected: dict[str, str]
) -> None:
    assert caveats(origin, split_by) == expected
