"""Features that classical models are trained on: blocks of numbers a cell, named unions of them, and their pipeline."""

from core.features.sets import DEFAULT, FEATURES

__all__ = ["DEFAULT", "FEATURES"]
