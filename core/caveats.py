"""Caveats: what must stand beside every figure that was measured on some cells."""

DRAWN = "Measured on drawn cells, not on real ones: the figures mean nothing for a patient."
NOT_BY_SUBJECT = "Not split by subject: every figure may be too good, since one person's cells can stand on both sides."


def caveats(origin: str, split_by: str) -> dict[str, str]:
    """The caveats in sentences, by a stamp of a word or two each.

    Args:
        origin: Whose cells they are; "drawn, ..." for drawn ones.
        split_by: "subject" or "cell".
    """
    found = {
        "drawn cells": (origin.startswith("drawn"), DRAWN),
        "not by subject": (split_by == "cell", NOT_BY_SUBJECT),
    }
    return {stamp: sentence for stamp, (applies, sentence) in found.items() if applies}
