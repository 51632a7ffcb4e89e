"""DICOM files: their pictures, and the few facts of them that say nothing of a person."""

import struct
import threading
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.data import depth
from core.data.image_header import LARGEST_IMAGE
from core.errors import UnreadableImage
from core.types import ByteArray

if TYPE_CHECKING:
    from pydicom import Dataset

TEXT_STATED = "The file says that text is written into the picture. It may name a person."
_MICROSCOPIC = 0.002  # millimetres; a larger pixel is none of a microscope's
_QUIET = threading.Lock()  # warnings are silenced for all threads, so by one at a time
_MARK = slice(128, 132)  # where a DICOM file says DICM
_PALETTE = tuple(
    f"{colour}PaletteColorLookupTable{part}" for colour in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")
) + tuple(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue"))
_TECHNICAL = (
    "SOPClassUID",
    "Modality",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelSpacing",
    "BurnedInAnnotation",
    "SharedFunctionalGroupsSequence",
)
"""All that is read besides pixels and palettes; no tag here names a person, a place, a date or a study."""
_DEFLATED = b"1.2.840.10008.1.2.1.99"  # the whole file would unpack before its size can be seen
_BY_PILLOW = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
_JPEG_2000 = (b"\xff\x4f\xff\x51", b"\0\0\0\x0c")  # a stream alone, and one in a file of its own
_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}  # of JPEG; the last is JPEG-LS's
_RLE_HEADER = 64  # bytes
_DAMAGED: tuple[type[Exception], ...] = (  # what pydicom raises on bytes that make no sense
    AttributeError,
    EOFError,
    Image.DecompressionBombError,
    IndexError,
    KeyError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class DicomFacts:
    """What a DICOM file says of its pictures, and nothing of whom they are of.

    Attributes:
        kind: Name of its class, such as "VL Microscopic Image Storage".
        modality: Such as "GM" (general microscopy), "SM" (slide microscopy) or "OT"; "" where it is missing.
        columns: Width of each frame in pixels.
        rows: Height of each frame in pixels.
        frames: Number of pictures.
        colours: Photometric interpretation, such as "RGB" or "MONOCHROME2".
        bits: Bits that each value uses.
        pixel_spacing: Height and width of a pixel in millimetres, or None.
        burned_in: Whether the file says that text stands in the pictures; None where it says nothing.
    """

    kind: str
    modality: str
    columns: int
    rows: int
    frames: int
    colours: str
    bits: int
    pixel_spacing: tuple[float, float] | None
    burned_in: bool | None


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a DICOM file.

    Attributes:
        pixels: RGB, (rows, columns, 3), 0 to 255.
        notes: What was done to the values and what should be known of the picture, a sentence each.
    """

    pixels: ByteArray
    notes: tuple[str, ...]


def is_dicom(data: bytes) -> bool:
    """Whether these bytes begin as a DICOM file does."""
    return data[_MARK] == b"DICM"


def facts(data: bytes) -> DicomFacts:
    """Read what a DICOM file says of its pictures; no pixel is decoded, and no other tag is looked at.

    Raises:
        UnreadableImage: If the file is damaged, holds no picture, or a frame has more than `LARGEST_IMAGE` pixels.
    """
    return _facts(_read(data, with_pixels=False))


def frame(data: bytes, number: int = 0) -> Frame:
    """Decode one frame.

    Args:
        data: The whole file.
        number: Which frame, from 0.

    Raises:
        UnreadableImage: If the file is damaged, or compressed in a way that cannot be decoded here.
        ValueError: If there is no such frame.
    """
    found = facts(data)
    if not 0 <= number < found.frames:
        raise ValueError(f"Expected a frame of a DICOM file that has {found.frames}. Received: {number}.")
    dataset = _read(data, with_pixels=True)
    if "PixelData" not in dataset:
        raise UnreadableImage("Expected a DICOM file with pixels. Received: one without any.")
    values = _values(dataset, number)
    colours = found.colours
    if colours == "PALETTE COLOR":
        values = _through_palette(values, dataset)
        largest = 2 ** int(dataset.RedPaletteColorLookupTableDescriptor[2]) - 1
    else:
        largest = 2**found.bits - 1
    if int(getattr(dataset, "PixelRepresentation", 0)):
        raise UnreadableImage("Expected pixel values without sign. Received: a DICOM file with signed ones.")
    notes = []
    if largest != 255:
        notes.append(depth.scaling_note(largest, declared=True))
    if found.burned_in:
        notes.append(TEXT_STATED)
    if found.pixel_spacing is not None and max(found.pixel_spacing) < _MICROSCOPIC:
        notes.append(f"One pixel spans {1000 * found.pixel_spacing[1]:.3g} µm, as the file states.")
    image = depth.to_eight_bits(values.astype(np.uint16), largest)
    if colours == "MONOCHROME1":  # low values are bright
        image = np.asarray(255 - image, dtype=np.uint8)
    return Frame(image if image.ndim == 3 else np.stack([image] * 3, axis=-1), tuple(notes))


def _read(data: bytes, *, with_pixels: bool) -> "Dataset":
    from pydicom import dcmread

    if not is_dicom(data):
        raise UnreadableImage("Expected a DICOM file. Received: bytes of another kind.")
    if _DEFLATED in data[:4096]:
        raise UnreadableImage("Expected a DICOM file that is not packed as a whole. Received: a deflated one.")
    wanted: list[Any] = [*_TECHNICAL, *_PALETTE, *(["PixelData"] if with_pixels else [])]
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that break rules: each is checked here before it is used
            return dcmread(BytesIO(data), specific_tags=wanted, stop_before_pixels=not with_pixels)
    except _DAMAGED as error:
        raise UnreadableImage("Expected a DICOM file that can be read. Received: a damaged one.") from error


def _facts(dataset: "Dataset") -> DicomFacts:
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            columns, rows = int(dataset.Columns), int(dataset.Rows)
            found = DicomFacts(
                kind=str(getattr(getattr(dataset, "SOPClassUID", ""), "name", "")),
                modality=str(getattr(dataset, "Modality", "")),
                columns=columns,
                rows=rows,
                frames=_frames(dataset),
                colours=str(dataset.PhotometricInterpretation),
                bits=int(dataset.BitsStored),
                pixel_spacing=_pixel_spacing(dataset),
                burned_in={"YES": True, "NO": False}.get(str(getattr(dataset, "BurnedInAnnotation", ""))),
            )
    except _DAMAGED as error:
        raise UnreadableImage("Expected a DICOM file with a picture. Received: one without any.") from error
    if columns * rows > LARGEST_IMAGE:
        raise UnreadableImage(f"Expected at most {LARGEST_IMAGE:,} pixels. Received: {columns} x {rows}.")
    if not (columns and rows and found.frames >= 1 and 1 <= found.bits <= 16):
        raise UnreadableImage(
            f"Expected a DICOM picture of 1 to 16 bits a value. Received: {columns} x {rows} pixels, {found.bits} bits."
        )
    return found


def _frames(dataset: "Dataset") -> int:
    return int(getattr(dataset, "NumberOfFrames", 1) or 1)


def _pixel_spacing(dataset: "Dataset") -> tuple[float, float] | None:
    """Height and width of a pixel in millimetres: stated for the file, or once for all its frames."""
    spacing = getattr(dataset, "PixelSpacing", None)
    for group in getattr(dataset, "SharedFunctionalGroupsSequence", ()):
        for measures in getattr(group, "PixelMeasuresSequence", ()):
            spacing = spacing or getattr(measures, "PixelSpacing", None)
    if not spacing or len(spacing) != 2 or min(spacing) <= 0:
        return None
    return float(spacing[0]), float(spacing[1])


def _values(dataset: "Dataset", number: int) -> npt.NDArray[Any]:
    """One frame as stored, YBR turned into RGB, (rows, columns) or (rows, columns, 3)."""
    from pydicom.encaps import get_frame
    from pydicom.pixels.utils import pixel_array

    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            syntax = dataset.file_meta.TransferSyntaxUID
            if syntax.is_encapsulated:
                _check_stream(get_frame(dataset.PixelData, number, number_of_frames=_frames(dataset)), dataset)
            values = pixel_array(dataset, index=number, decoding_plugin="pillow" if syntax in _BY_PILLOW else "")
    except NotImplementedError as error:
        raise UnreadableImage(
            "Expected a DICOM compression that is known here. Received: one that is not; save it uncompressed."
        ) from error
    except _DAMAGED as error:
        raise UnreadableImage(
            "Expected DICOM pixels that can be decoded. Received: damaged ones, or a compression not known here."
        ) from error
    if values.shape[:2] != (dataset.Rows, dataset.Columns):
        raise UnreadableImage(
            f"Expected {dataset.Columns} x {dataset.Rows} pixels as the file states. "
            f"Received: {values.shape[1]} x {values.shape[0]}."
        )
    return values


def _check_stream(stream: bytes, dataset: "Dataset") -> None:
    """Refuse a compressed frame that would unpack to another size than the file states, before it is unpacked."""
    stated = int(dataset.Columns), int(dataset.Rows)
    size = _stream_size(stream)
    if size is not None and size != stated:
        raise UnreadableImage(
            f"Expected {stated[0]} x {stated[1]} pixels as the file states. Received: {size[0]} x {size[1]}."
        )
    unpacked = stated[0] * stated[1] * int(dataset.SamplesPerPixel) * int(dataset.BitsAllocated) // 8
    if size is None and len(stream) > 2 * unpacked + _RLE_HEADER:
        raise UnreadableImage(f"Expected a frame of {unpacked:,} bytes. Received: {len(stream):,} compressed ones.")


def _stream_size(stream: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG, JPEG-LS or JPEG 2000 stream states; None for one of another kind."""
    if stream[:2] != b"\xff\xd8":
        if stream[:4] not in _JPEG_2000:
            return None
        with Image.open(BytesIO(stream), formats=("JPEG2000",)) as image:
            return image.size
    place = 2
    while place + 9 <= len(stream):
        marker = stream[place + 1]
        if marker in _SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", stream, place + 5)
            return width, height
        place += 2 + int.from_bytes(stream[place + 2 : place + 4], "big")
    raise ValueError("no size in the stream")


def _through_palette(values: npt.NDArray[Any], dataset: "Dataset") -> npt.NDArray[Any]:
    from pydicom.pixels.processing import apply_color_lut

    try:
        return apply_color_lut(values, dataset)
    except _DAMAGED as error:
        raise UnreadableImage("Expected a DICOM palette that can be read. Received: a damaged one.") from error
