"""The one preprocessing path: decode, stain, window, resize; training, comparison and upload all go through here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np

from core.data import canvas, stain, window
from core.data.parallel import in_batches
from core.data.picture import picture
from core.data.window import Window
from core.errors import DataError, UnreadableImage
from core.types import ByteArray, Progress, silent

Colour = Literal["rgb", "grayscale"]
Stain = Literal["as is", "reinhard"]


@dataclass(frozen=True)
class Preprocessing:
    """How pixels are made ready for a model; travels in the model card.

    Attributes:
        image_size: Edge of the square that a network sees, in pixels.
        colour: "rgb" (three channels) or "grayscale" (one).
        stain: "as is", or normalized as `core.data.stain.reinhard` does.
        window: Edge of the square around the cell that a network sees, in pixels of the image, whatever the image's
            size; None for the whole image.
    """

    image_size: int = 200
    colour: Colour = "rgb"
    stain: Stain = "as is"
    window: int | None = None

    def __post_init__(self) -> None:
        """Refuse a name that another version may know: its pixels would be others than the model's.

        Raises:
            ValueError: If the colour or the stain is unknown, or the window has no pixel.
        """
        for name, known in (("colour", get_args(Colour)), ("stain", get_args(Stain))):
            value = getattr(self, name)
            if value not in known:
                raise ValueError(f"Expected a {name} out of {', '.join(known)}. Received: {value}.")
        if self.window is not None and self.window < 1:
            raise ValueError(f"Expected a window of at least one pixel, or None. Received: {self.window}.")

    @property
    def channels(self) -> int:
        """Number of channels of a prepared image."""
        return 3 if self.colour == "rgb" else 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of a prepared image."""
        return self.image_size, self.image_size, self.channels


def decode(data: bytes, page: int = 0) -> ByteArray:
    """Decode one picture of a BMP, PNG, JPEG, TIFF or DICOM file.

    Args:
        data: The whole file.
        page: Which of its pictures, from 0.

    Returns:
        RGB pixels, (height, width, 3), 0 to 255; transparent ones as they look on black, more than 8 bits brought down
        as `core.data.depth` does.

    Raises:
        UnreadableImage: If the bytes are no such image, are damaged, or hold too many pixels.
    """
    return picture(data, page).pixels


def decode_file(file: Path) -> ByteArray:
    """Decode a file as `decode` does.

    Raises:
        UnreadableImage: Also if the file cannot be read.
    """
    try:
        return decode(file.read_bytes())
    except OSError as error:
        raise UnreadableImage(f"Expected a readable file. Received: {error.strerror or error}.") from error


def seen(image: ByteArray, preprocessing: Preprocessing) -> Window:
    """The part of an image that a model sees: a window around the cell, or the canvas on which C-NMC has it.

    Args:
        image: RGB pixels of a whole image, (height, width, 3), 0 to 255.
        preprocessing: Its window counts.
    """
    edge = preprocessing.window
    return canvas.of(image) if edge is None else window.on_cell(image, edge)


def prepare(image: ByteArray, preprocessing: Preprocessing) -> ByteArray:
    """Turn an RGB image into what a model expects: stain, then window, then size, then colour.

    Args:
        image: RGB pixels of a whole image, (height, width, 3), 0 to 255.
        preprocessing: Stain, window, size and colour.

    Returns:
        (image_size, image_size, channels), 0 to 255.
    """
    part = seen(image, preprocessing)  # before the stain, which may bring what was black or take it
    if preprocessing.stain == "reinhard":
        image = stain.reinhard(image)
    image = part.cut(image)
    size = (preprocessing.image_size, preprocessing.image_size)
    shrinks = image.shape[0] > size[0] or image.shape[1] > size[1]
    resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    if preprocessing.colour == "grayscale":
        return np.asarray(cv2.cvtColor(resized, cv2.COLOR_RGB2GRAY)[..., np.newaxis], dtype=np.uint8)
    return np.asarray(resized, dtype=np.uint8)


def read(files: Sequence[Path], preprocessing: Preprocessing, *, progress: Progress = silent) -> ByteArray:
    """Decode and prepare files, on all cores.

    Returns:
        (files, image_size, image_size, channels), 0 to 255, in the order of `files`.

    Raises:
        DataError: If a file cannot be read; the sentence names it.
    """
    images = np.empty((len(files), *preprocessing.shape), dtype=np.uint8)

    def work(row: int) -> ByteArray:
        try:
            return prepare(decode_file(files[row]), preprocessing)
        except UnreadableImage as error:
            raise DataError(f"{files[row].name}: {error}") from error

    def keep(batch: Sequence[tuple[int, ByteArray]]) -> None:
        for row, image in batch:
            images[row] = image

    in_batches(work, range(len(files)), keep=keep, total=len(files), text="Reading cells", progress=progress)
    return images
