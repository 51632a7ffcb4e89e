"""Duplicates: files with one content, contents that look alike, and what each such pair crosses."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.data.dataset import TRAINING
from core.data.perceptual import NEAR
from core.data.persons import groups
from core.data.split import USED
from core.types import IntArray

ACROSS = ("across_subjects", "across_classes", "across_folds", "across_sides")
WITHIN = ("within_subject", "within_class", "within_fold", "within_side")
MOST_PAIRS = 100_000  # near pairs that are kept, the nearest; a set of blank images would have millions
_COLUMNS = ("subject", "label", "fold", "side")
_BLOCK = 256  # hashes compared with all others at once: 256 x 10,661 distances are 5 MB
_WORD = 16  # hexadecimal digits of 64 bits


def exact_duplicates(cells: pd.DataFrame) -> pd.DataFrame:
    """Pairs of files with one content.

    Args:
        cells: Rows with `path`, `sha256` ("" where unknown), `subject`, `label` and `fold`; `side` and `part` where
            there are.

    Returns:
        For each content that n files hold n - 1 rows, each of its other files with the first by path: `path`, `other`
        and the booleans of `ACROSS` and `WITHIN`, true where both values are known and differ, or are the same. A side
        is train, validation or test, or the preliminary or final test part of the data set. Ordered by path.
    """
    copies = _copies(cells)
    other = copies[copies["sha256"].duplicated()]
    first = copies.drop_duplicates("sha256").set_index("sha256", drop=False).loc[other["sha256"]]
    return _pairs(first, other).sort_values(["path", "other"], ignore_index=True)


def near_duplicates(cells: pd.DataFrame, *, most: int = NEAR) -> pd.DataFrame:
    """Pairs of different contents whose perceptual hashes hardly differ.

    Args:
        cells: As for `exact_duplicates`, with `perceptual_hash` (hexadecimal, "" where unknown).
        most: Bits in which the two may differ.

    Returns:
        Rows as those of `exact_duplicates` with the `distance` in bits, nearest first, and no more than `MOST_PAIRS`.
        Each content is represented by its first file by path.

    Raises:
        ValueError: If `most` is negative, or hashes are of different lengths or not hexadecimal.
    """
    if most < 0:
        raise ValueError(f"Expected a number of bits from 0 up. Received: {most}.")
    known = cells[(cells["sha256"] != "") & (cells["perceptual_hash"] != "")]
    contents = known.sort_values("path").drop_duplicates("sha256")
    first, other, distance = _close(_words(list(contents["perceptual_hash"])), most)
    pairs = _pairs(contents.iloc[first], contents.iloc[other]).assign(distance=distance)
    return pairs.sort_values(["distance", "path", "other"], ignore_index=True)


def conflicting_labels(cells: pd.DataFrame) -> list[list[str]]:
    """Paths of the files of each content that carries both labels, sorted."""
    copies = _copies(cells[cells["label"] != ""])
    torn = copies.groupby("sha256")["label"].transform("nunique") > 1
    return sorted(sorted(files) for _, files in copies[torn].groupby("sha256")["path"])


def duplicate_counts(cells: pd.DataFrame, *, most: int = NEAR) -> dict[str, Any]:
    """Count duplicates, as the command line prints them.

    Args:
        cells: As for `near_duplicates`; `perceptual_hash` may be missing.
        most: As for `near_duplicates`.

    Returns:
        exact_duplicates: files that repeat an earlier one; cross_fold_duplicates: contents in more than one fold;
        cross_subject_groups: groups of subjects that share a content; near_duplicates: pairs, None without perceptual
        hashes; conflicting_labels: contents that carry both labels.
    """
    hashed = "perceptual_hash" in cells.columns
    in_folds = cells.loc[(cells["fold"] != "") & (cells["sha256"] != ""), ["sha256", "fold"]].drop_duplicates()
    return {
        "exact_duplicates": len(exact_duplicates(cells)),
        "cross_fold_duplicates": int((in_folds["sha256"].value_counts() > 1).sum()),
        "cross_subject_groups": groups(cells[cells["sha256"] != ""]),
        "near_duplicates": len(near_duplicates(cells, most=most)) if hashed else None,
        "conflicting_labels": len(conflicting_labels(cells)),
    }


def _copies(cells: pd.DataFrame) -> pd.DataFrame:
    """Files that share their content with another one, by path."""
    known = cells[cells["sha256"] != ""]
    return known[known["sha256"].duplicated(keep=False)].sort_values("path")


def _pairs(first: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """One row a pair, the rows of the two tables being in step."""
    pairs = pd.DataFrame({"path": list(first["path"]), "other": list(other["path"])}, dtype=str)
    for column, across, within in zip(_COLUMNS, ACROSS, WITHIN, strict=True):
        one, two = (_values(cells, column) for cells in (first, other))
        known = (one != "") & (two != "")
        pairs[across] = np.asarray(known & (one != two), dtype=bool)
        pairs[within] = np.asarray(known & (one == two), dtype=bool)
    return pairs


def _values(cells: pd.DataFrame, column: str) -> npt.NDArray[np.object_]:
    return (_side(cells) if column == "side" else cells[column]).to_numpy(dtype=object)


def _side(cells: pd.DataFrame) -> pd.Series:
    """Side of the split, or the test part that a data set keeps for itself, or ""."""
    nowhere = pd.Series("", index=cells.index, dtype=str)
    side = cells["side"].where(cells["side"].isin(USED), "") if "side" in cells else nowhere
    part = cells["part"].where(cells["part"] != TRAINING, "") if "part" in cells else nowhere
    return side.where(side != "", part)


def _words(hashes: list[str]) -> npt.NDArray[np.uint64]:
    """Hashes as (hashes, 64-bit words)."""
    lengths = sorted({len(text) for text in hashes})
    if len(lengths) > 1:
        raise ValueError(f"Expected perceptual hashes of one length. Received: {lengths} digits.")
    if not hashes:
        return np.zeros((0, 1), dtype=np.uint64)
    digits = -(-lengths[0] // _WORD) * _WORD
    try:
        data = bytes.fromhex("".join(text.zfill(digits) for text in hashes))
    except ValueError as error:
        raise ValueError(f"Expected hexadecimal perceptual hashes. Received: {error}.") from error
    return np.frombuffer(data, dtype=np.uint64).reshape(len(hashes), -1)


def _close(words: npt.NDArray[np.uint64], most: int) -> tuple[IntArray, IntArray, IntArray]:
    """Positions of the pairs within `most` bits and their distances, (pairs,) each."""
    kept = np.zeros((3, 0), dtype=np.int64)
    for start in range(0, len(words), _BLOCK):
        block, rest = words[start : start + _BLOCK], words[start:]
        distance = np.zeros((len(block), len(rest)), dtype=np.uint16)
        for word in range(words.shape[1]):
            distance += np.bitwise_count(block[:, word, np.newaxis] ^ rest[:, word])
        row, column = np.nonzero(distance <= most)
        later = column > row
        row, column = row[later], column[later]
        found = np.stack([start + row, start + column, distance[row, column].astype(np.int64)])
        kept = np.concatenate([kept, found], axis=1)
        if kept.shape[1] > MOST_PAIRS:
            kept = kept[:, np.argsort(kept[2], kind="stable")[:MOST_PAIRS]]
    return kept[0], kept[1], kept[2]
