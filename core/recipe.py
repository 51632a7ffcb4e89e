"""`Recipe`: what was tried out several times, a configuration on a data set, and what a reader must know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.card import RESEARCH_NOTICE
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters and the cells that they were tried on.

    Attributes:
        config: Hyperparameters; its seed is that of the folds or of the test subjects.
        classes: (negative, positive).
        origin: Whose cells they are; "drawn, ..." for drawn ones.
        data_fingerprint: Fingerprint of the labelled cells.
        split_by: "subject", or "cell" where the data set names no subjects.
        edits: Cells that reviewers had changed before: "relabelled", "excluded", "added" and "added_subjects".
    """

    config: TrainingConfig
    classes: tuple[str, str]
    origin: str
    data_fingerprint: str
    split_by: str
    edits: Mapping[str, int] = field(default_factory=dict)

    @property
    def stamps(self) -> tuple[str, ...]:
        """The caveats in a word or two each."""
        marks = {
            "drawn cells": self.origin.startswith("drawn"),
            "reduced": self.config.subjects_share < 1,
            "not by subject": self.split_by == "cell",
        }
        return tuple(mark for mark, applies in marks.items() if applies)

    def columns(self, *stamps: str) -> dict[str, Any]:
        """What a reader of a file alone must know beside each of its rows.

        Args:
            stamps: Further caveats.
        """
        return {
            "stamp": ", ".join((*self.stamps, *stamps)),
            "architecture": self.config.architecture,
            "epochs": self.config.epochs,
            "image_size": self.config.image_size,
            "seed": self.config.seed,
            "origin": self.origin,
            "data_fingerprint": self.data_fingerprint,
            "split_by": self.split_by,
            "labels_changed": self.edits.get("relabelled", 0),
            "cells_left_out": self.edits.get("excluded", 0),
            "note": RESEARCH_NOTICE,
        }

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Recipe":
        """From what JSON made of it.

        Raises:
            TypeError: If another version wrote it.
            ValueError: If a hyperparameter is out of its range.
        """
        known = {"config": TrainingConfig(**fields["config"]), "classes": tuple(fields["classes"])}
        return cls(**{**fields, **known})


def recipe(dataset: CellDataset, config: TrainingConfig) -> Recipe:
    """A configuration on a hashed data set, which every trial of it begins anew.

    Raises:
        ValueError: If it starts from a stored model, which has seen persons that would be tested.
    """
    if config.start_from:
        raise ValueError(
            f"Expected random or ImageNet weights, since each person is tested. Received: {config.start_from}, a model "
            "that has seen some of them."
        )
    return Recipe(
        config=config,
        classes=dataset.classes,
        origin=dataset.origin,
        data_fingerprint=dataset.fingerprint(),
        split_by="subject" if dataset.has_subjects else "cell",
        edits=dict(dataset.edits),
    )
