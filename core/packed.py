"""Assessments and rows as compact JSON: every cell once, scores as bytes in base 64, exact to the last bit."""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.assessment import Assessment, with_probability
from core.calibrator import Calibrator
from core.paired import Pair
from core.standings import Inflation, Row
from core.types import FloatArray, IntArray
from core.whole_file import whole_file

FILE = "assessment.json"
_COLUMNS = ("path", "subject", "person", "positive")
_PLAIN = (
    "model",
    "kind",
    "fold",
    "random",
    "threshold",
    "threshold_source",
    "logits",
    "fit_seconds",
    "predict_seconds",
    "problem",
)
_SIDES = ("validation", "test")


def save(assessment: Assessment, folder: Path) -> None:
    """Write one assessment into a folder, whole or not at all."""
    with whole_file(folder / FILE) as stream:
        stream.write(json.dumps(packed([assessment]), allow_nan=False).encode())


def saved(folder: Path) -> Assessment | None:
    """The assessment in a folder; None where there is none, or a damaged one."""
    try:
        (found,) = unpacked(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, zlib.error):
        return None
    return found


def packed(assessments: Sequence[Assessment]) -> dict[str, Any]:
    """What JSON can hold of some assessments, their scores included.

    Args:
        assessments: Of one comparison: a cell is the same in all of them.
    """
    tables = [
        table[list(_COLUMNS)]
        for assessment in assessments
        for table in (assessment.validation, assessment.test)
        if table is not None
    ]
    cells = pd.concat(tables).drop_duplicates("path") if tables else pd.DataFrame(columns=list(_COLUMNS))
    place = {path: number for number, path in enumerate(cells["path"])}
    sets: list[str] = []
    rows = []
    for assessment in assessments:
        fields: dict[str, Any] = {name: getattr(assessment, name) for name in _PLAIN}
        fields |= {"stamps": list(assessment.stamps), "settings": dict(assessment.settings)}
        fields["calibrator"] = asdict(assessment.calibrator)
        for side in _SIDES:
            table = getattr(assessment, side)
            if table is None:
                fields[side] = None
                continue
            which = _bytes(np.array([place[path] for path in table["path"]], dtype="<i4"))
            if which not in sets:
                sets.append(which)
            scores = _bytes(table["score"].to_numpy(dtype="<f8"))
            fields[side] = {"cells": sets.index(which), "score": scores}
        rows.append(fields)
    columns: dict[str, Any] = {name: cells[name].tolist() for name in _COLUMNS[:-1]}
    columns["positive"] = "".join("1" if positive else "0" for positive in cells["positive"])
    return {"cells": columns, "sets": sets, "assessments": rows}


def unpacked(fields: Mapping[str, Any]) -> tuple[Assessment, ...]:
    """The assessments of what `packed` made.

    Raises:
        KeyError, TypeError, ValueError: If another version wrote it, or it is damaged.
    """
    columns = dict(fields["cells"])
    columns["positive"] = [mark == "1" for mark in columns["positive"]]
    cells = pd.DataFrame(
        {name: pd.Series(columns[name], dtype=bool if name == "positive" else str) for name in _COLUMNS}
    )
    sets = [_numbers(text, "<i4") for text in fields["sets"]]
    found = []
    for row in fields["assessments"]:
        plain = {name: row[name] for name in _PLAIN}
        assessment = Assessment(
            **plain,
            stamps=tuple(row["stamps"]),
            settings=row["settings"],
            calibrator=Calibrator(**row["calibrator"]),
        )
        found.append(with_probability(assessment, **{side: _table(cells, sets, row[side]) for side in _SIDES}))
    return tuple(found)


def packed_rows(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Figures of rows; what else they hold follows from the assessments."""
    return [
        {
            "model": row.model,
            "figures": _without_nan(row.figures),
            "intervals": dict(row.intervals),
            "by_fold": {fold: _without_nan(values) for fold, values in row.by_fold.items()},
        }
        for row in found
    ]


def unpacked_rows(found: Sequence[Row], fields: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Rows that were made of assessments again, with the figures of what `packed_rows` made.

    Raises:
        KeyError, TypeError, ValueError: As `unpacked`.
    """
    known = {each["model"]: each for each in fields}
    return tuple(
        replace(
            row,
            figures=_with_nan(known[row.model]["figures"]),
            intervals={name: _bounds(each) for name, each in known[row.model]["intervals"].items()},
            by_fold={int(fold): _with_nan(values) for fold, values in known[row.model]["by_fold"].items()},
        )
        for row in found
    )


def packed_differences(found: Sequence[Pair | Inflation]) -> list[dict[str, Any]]:
    """Fields of pairs and inflations; a difference that cannot be told is null."""
    return [
        {**asdict(each), "difference": each.difference if math.isfinite(each.difference) else None} for each in found
    ]


def unpacked_differences(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same again, from what JSON made of them."""
    return [
        {
            **each,
            "difference": math.nan if each["difference"] is None else each["difference"],
            "interval": _bounds(each["interval"]),
        }
        for each in fields
    ]


def _bounds(value: Sequence[float] | None) -> tuple[float, float] | None:
    """An interval from what JSON made of it."""
    return None if value is None else (value[0], value[1])


def _without_nan(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _with_nan(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in values.items()}


def _table(
    cells: pd.DataFrame, sets: Sequence[IntArray | FloatArray], scores: Mapping[str, Any] | None
) -> pd.DataFrame | None:
    if scores is None:
        return None
    chosen: pd.DataFrame = cells.iloc[sets[scores["cells"]]].reset_index(drop=True)
    return chosen.assign(score=_numbers(scores["score"], "<f8"))


def _bytes(values: IntArray | FloatArray) -> str:
    return base64.b64encode(zlib.compress(values.tobytes())).decode("ascii")


def _numbers(text: str, dtype: str) -> Any:  # noqa: ANN401  # of the one type or the other
    try:
        return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=dtype)
    except zlib.error as error:
        raise ValueError(f"Expected packed numbers. Received: {error}.") from error
