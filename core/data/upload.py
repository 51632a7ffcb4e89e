"""What was dropped on Upload, picture by picture: of files, folders and zips, in their order, read when needed."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from io import BytesIO
from pathlib import PurePosixPath

from core.data import archive, canvas, cutout, dicom
from core.data.burned_in import has_text
from core.data.cutout import Region
from core.data.picture import Picture, pages, picture
from core.errors import DataError
from core.types import ByteArray, Progress, silent

MOST_PICTURES = 5000  # at once
SUFFIXES = ("bmp", "png", "jpg", "jpeg", "tif", "tiff", "dcm", "dicom", "zip")
_AT_ONCE = 16  # pictures between two reports of progress
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # one with files, and an empty one
_OF_THE_SYSTEM = frozenset({"thumbs.db", "desktop.ini"})  # hidden files without a dot
_NESTED = "Expected images in the archive. Received: an archive in it, which is not opened."
_NONE_FOUND = "No nucleated cell was found in this picture."
_TEXT = "There seems to be text in this picture. It may name a person."


@dataclass(frozen=True, eq=False)
class Upload:
    """One picture that was dropped: a file, a page or frame of one, or a file of a zip.

    Attributes:
        name: What it is called; with the path in a folder or zip, and with its number among the pictures of its file.
        content: Reads the whole file that it is in.
        page: Which picture of that file, from 0.
        problem: Why there is no picture, a sentence; "" where nothing is wrong so far.
        whole: Whether it shows a cell on black already, as C-NMC's do; else it was taken with its surroundings.
        regions: Nucleated cells in it, best first; none where it is `whole`.
        meant: Places of those that are meant, unless somebody says otherwise.
        notes: What was done to the pixels and what should be known of them, a sentence each.
    """

    name: str
    content: Callable[[], bytes] = field(repr=False)
    page: int = 0
    problem: str = ""
    whole: bool = True
    regions: tuple[Region, ...] = ()
    meant: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the whole file."""
        return hashlib.sha256(self.content()).hexdigest()

    def picture(self) -> Picture:
        """Decode it.

        Raises:
            DataError: If it cannot be; the text is the reason.
        """
        if self.problem:
            raise DataError(self.problem)
        return picture(self.content(), self.page)


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell to be classified.

    Attributes:
        name: Of its picture, with its number where that shows several.
        key: Place of the picture, of the region in it or -1, and the factor on its size: the same cell, the same key.
        upload: The picture.
        region: Where the cell is in it, or None for the whole picture.
        scale: Factor on the size of a region that is cut out.
    """

    name: str
    key: tuple[int, int, float]
    upload: Upload
    region: Region | None = None
    scale: float = 1.0

    def pixels(self) -> ByteArray:
        """What a model is given: the picture as it is, or its region cut out on black, (height, width, 3).

        Raises:
            DataError: If the picture cannot be decoded; the text is the reason.
        """
        pixels = self.upload.picture().pixels
        return pixels if self.region is None else cutout.cut_out(pixels, self.region, scale=self.scale)


def cells(found: Sequence[Upload], chosen: Mapping[int, Sequence[int]], *, scale: float = 1.0) -> list[Cell]:
    """The cells in pictures that were looked at, in order.

    Args:
        found: What `looked_at` gave back.
        chosen: Places of the regions that somebody chose, by the picture's place; of the others those `meant` count.
        scale: Factor on the size of cells that are cut out.

    Returns:
        One for each picture that is whole, has a problem or shows no cell, and one for each region chosen.
    """
    listed = []
    for place, upload in enumerate(found):
        if not upload.regions:
            listed.append(Cell(upload.name, (place, -1, 1.0), upload))
            continue
        for number in chosen.get(place, upload.meant):
            name = f"{upload.name}, cell {number + 1}" if len(upload.regions) > 1 else upload.name
            listed.append(Cell(name, (place, number, scale), upload, upload.regions[number], scale))
    return listed


def uploads(files: Iterable[tuple[str, bytes]]) -> list[Upload]:
    """List the pictures in dropped files: by content, in the order of the files; no pixel is decoded.

    Args:
        files: Name and content of each. A zip stands for the files in it, hidden ones left out; a TIFF of several
            pages and a DICOM file of several frames stand for each of these.

    Returns:
        One a picture, and one with its problem for each file that holds none.

    Raises:
        DataError: If there are more than `MOST_PICTURES`.
    """
    found: list[Upload] = []
    for name, content in files:
        if not _hidden(name):
            found += _pictures(name, partial(bytes, content), in_zip=False)
        if len(found) > MOST_PICTURES:
            raise DataError(f"Expected at most {MOST_PICTURES:,} pictures at once. Received: {len(found):,} or more.")
    return found


def looked_at(found: Sequence[Upload], *, progress: Progress = silent) -> list[Upload]:
    """Decode each picture once, see whether it is a cell on black, and find the cells in those that are not.

    Args:
        found: What `uploads` listed.
        progress: Called before the first and after each few pictures; what it raises ends the work.

    Returns:
        The same with `whole`, `regions`, `notes` and `problem`, in order.
    """
    seen: list[Upload] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for start in range(0, len(found), _AT_ONCE):
            progress(start, len(found), "Reading pictures")
            seen += pool.map(_looked_at, found[start : start + _AT_ONCE])
    progress(len(found), len(found), "Reading pictures")
    return seen


def _looked_at(upload: Upload) -> Upload:
    try:
        shown = upload.picture()
    except DataError as error:
        return replace(upload, problem=str(error))
    notes = shown.notes
    if dicom.TEXT_STATED not in notes and has_text(shown.pixels):
        notes = (*notes, _TEXT)
    if canvas.is_black_around(shown.pixels):
        return replace(upload, notes=notes)
    regions = tuple(cutout.regions(shown.pixels))
    if not regions:
        notes = (*notes, _NONE_FOUND)
    meant = cutout.preferred(regions, shown.pixels.shape[:2])
    return replace(upload, whole=False, regions=regions, meant=meant, notes=notes)


def _pictures(name: str, content: Callable[[], bytes], *, in_zip: bool) -> list[Upload]:
    try:
        data = content()
        if data[:4] in _ZIP:
            return [Upload(name, content, problem=_NESTED)] if in_zip else _zipped(name, data)
        count = pages(data)
    except DataError as error:
        return [Upload(name, content, problem=str(error))]
    if count == 1:
        return [Upload(name, content)]
    what = "frame" if dicom.is_dicom(data) else "page"
    return [Upload(f"{name}, {what} {page + 1} of {count}", content, page) for page in range(count)]


def _zipped(name: str, data: bytes) -> list[Upload]:
    members = [member for member in archive.contents(BytesIO(data)) if not _hidden(member[0])]
    if not members:
        raise DataError("Expected a zip archive with images. Received: one without any file.")
    if len(members) > MOST_PICTURES:
        raise DataError(f"Expected at most {MOST_PICTURES:,} files in an archive. Received: {len(members):,}.")
    return [found for path, read in members for found in _pictures(f"{name}/{path}", read, in_zip=True)]


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/").lower()).parts
    return any(part.startswith(".") or part in _OF_THE_SYSTEM for part in parts)
