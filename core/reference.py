"""`Reference`: training cells that are kept with a model, so that a new cell can be held against them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from zipfile import BadZipFile

import cv2
import numpy as np
import numpy.typing as npt

from core.data.morphology import MORPHOLOGY
from core.data.segmentation import Segmentation
from core.data.window import EDGE, Window
from core.errors import ModelError
from core.types import ByteArray, FloatArray, IntArray, MaskArray

CELLS = 1000  # of a model that are kept at most: a small picture and the vector take about 1 KB each
PICTURE = 96  # pixels along an edge of a small picture, for 320 of the image
_QUALITY = 75  # of WebP, whose pictures have no header of 600 bytes as JPEG's have
_OF_CELLS = ("vectors", "positive", "subject", "path", "measures")
_ARRAYS = (*_OF_CELLS, "named", "pictures", "ends", "usual", "total")


@dataclass(frozen=True, eq=False)
class Reference:
    """Training cells of a model, drawn at random; of each cell, (cells,), unless said.

    Attributes:
        vectors: What the model sees of it, (cells, numbers), float16.
        positive: Whether it is of the positive class.
        subject: Its subject; "" where the data set names none.
        path: Where it lies in the data set.
        measures: Those of `core.data.morphology.MORPHOLOGY`, (cells, measures), float32; NaN without an outline.
        pictures: A small picture as `small_picture` makes it.
        usual: Distance of the nearest of these cells that a share of 5 % of new cells exceeds.
        total: Number of training cells that they were drawn from.
    """

    vectors: FloatArray
    positive: MaskArray
    subject: npt.NDArray[np.str_]
    path: npt.NDArray[np.str_]
    measures: FloatArray
    pictures: Sequence[bytes]
    usual: float
    total: int

    def sentence(self, classes: tuple[str, str]) -> str:
        """How many training cells are kept, and of whom.

        Args:
            classes: Of the model, (negative, positive).
        """
        drawn = f"{len(self.path):,} of the model's {self.total:,} training cells, drawn at random"
        parts = [self._counted(name, self.positive == side) for side, name in zip((False, True), classes, strict=True)]
        return f"{drawn if len(self.path) < self.total else 'All training cells'}: {' and '.join(parts)}."

    def _counted(self, label: str, rows: MaskArray) -> str:
        cells, subjects = int(rows.sum()), np.unique(self.subject[rows])
        counted = f"{cells:,} {label} cell{'s' if cells != 1 else ''}"
        if not cells or "" in subjects:
            return counted
        return f"{counted} of {len(subjects):,} subject{'s' if len(subjects) > 1 else ''}"

    def measured(self, name: str) -> FloatArray:
        """One measure of each cell, (cells,), NaN without an outline.

        Args:
            name: Key of `MORPHOLOGY`.
        """
        return self.measures[:, list(MORPHOLOGY).index(name)]

    def picture(self, row: int) -> ByteArray:
        """The small picture of a cell, RGB, (`PICTURE`, `PICTURE`, 3).

        Raises:
            ModelError: If it is damaged.
        """
        return unpacked(self.pictures[row])

    def written(self) -> bytes:
        """The content of a file that `read` reads back."""
        stream = io.BytesIO()
        np.savez_compressed(
            stream,
            allow_pickle=False,
            **{name: getattr(self, name) for name in _OF_CELLS},
            named=np.array(list(MORPHOLOGY)),
            pictures=np.frombuffer(b"".join(self.pictures), dtype=np.uint8),
            ends=np.cumsum([len(picture) for picture in self.pictures]),
            usual=np.array(self.usual),
            total=np.array(self.total),
        )
        return stream.getvalue()

    @classmethod
    def read(cls, data: bytes) -> "Reference":
        """From the content of a file.

        Raises:
            ModelError: If it is damaged, or another version measured the cells.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                found = {name: file[name] for name in _ARRAYS}
            cells = len(found["vectors"])
            _check(found, cells)
            content, ends = found["pictures"].tobytes(), found["ends"].tolist()
            return cls(
                **{name: found[name] for name in _OF_CELLS},
                pictures=[content[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)],
                usual=float(found["usual"]),
                total=int(found["total"]),
            )
        except (ValueError, TypeError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise ModelError(f"Expected training cells that can be read. Received: damaged ones ({error}).") from error


def _check(found: dict[str, npt.NDArray[np.generic]], cells: int) -> None:
    if found["vectors"].ndim != 2 or not cells or any(len(found[name]) != cells for name in (*_OF_CELLS, "ends")):
        raise ValueError("its arrays do not fit each other")
    if found["named"].tolist() != list(MORPHOLOGY) or found["measures"].shape[1:] != (len(MORPHOLOGY),):
        raise ValueError("its cells have other measures")
    ends: IntArray = found["ends"].astype(np.int64)
    if (np.diff(ends, prepend=0) < 1).any() or ends[-1] != len(found["pictures"]):
        raise ValueError("its pictures do not end where they should")


def small_picture(image: ByteArray, found: Segmentation) -> bytes:
    """A picture for people: the cell alone, in the same scale as each other cell, 320 pixels on 96, as WebP.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        found: Its segmentation; without a cell the picture is black.
    """
    alone = np.where(found.cell[..., np.newaxis], found.crop(image), 0).astype(np.uint8)
    height, width = found.cell.shape
    square = Window((height - EDGE) // 2, (width - EDGE) // 2, EDGE, EDGE).cut(alone)
    shown = cv2.resize(square, (PICTURE, PICTURE), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".webp", shown[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])[1].tobytes()


def unpacked(small: bytes) -> ByteArray:
    """The pixels of a small picture, RGB, (`PICTURE`, `PICTURE`, 3).

    Raises:
        ModelError: If it is damaged.
    """
    found = cv2.imdecode(np.frombuffer(small, dtype=np.uint8), cv2.IMREAD_COLOR)
    if found is None:
        raise ModelError("Expected a small picture of a training cell. Received: a damaged one.")
    return np.ascontiguousarray(found[..., ::-1], dtype=np.uint8)
