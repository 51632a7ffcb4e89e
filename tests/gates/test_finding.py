"""Findings of gates, and which one stops a picture."""

from core.gates.finding import GATES, Finding, stopped


def test_the_first_finding_that_did_not_pass_stops_the_picture() -> None:
    passed, failed = Finding("cell", True, "Yes."), Finding("quality", False, "Blurred.")
    assert stopped([passed, failed, Finding("range", False, "Far.")]) is failed


def test_nothing_stops_a_picture_that_passes_all_gates() -> None:
    assert stopped([Finding(gate, True, "Yes.") for gate in GATES]) is None


def test_the_gates_stand_in_the_order_in_which_they_are_asked() -> None:
    assert list(GATES) == ["image", "cell", "quality", "range", "confidence"]
    assert Finding("cell", True, "").title == "A single stained cell"
