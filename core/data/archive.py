"""Files of an uploaded zip, without trusting what it says: unpacked into the workspace, or read one by one."""

import hashlib
import lzma
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.data.image_header import SUFFIXES
from core.errors import DataError
from core.types import Progress, silent

LARGEST_ARCHIVE = 20 * 1024**3  # bytes unpacked; C-NMC is 10 GB
LARGEST_FILE = 200 * 1024**2  # bytes of a file that is read into memory
LARGEST_RATIO = 200  # unpacked over packed; real cells on black reach about 20
_CHUNK = 1024 * 1024
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    IndexError,  # a member without a name
)
_REPORT_EVERY = 50


def unpack(source: Path | BinaryIO, workspace: Path, *, progress: Progress = silent) -> Path:
    """Unpack the images and tables of a zip into a folder named by the archive's content.

    Args:
        source: The zip file, or its open stream.
        workspace: Folder in which one folder an archive is kept; the same archive is unpacked once.
        progress: Called as files are written.

    Returns:
        The folder that holds the unpacked files.

    Raises:
        DataError: If this is no zip, holds no image, a member's path leads outside, the archive is encrypted, damaged
            or would unpack to more than `LARGEST_ARCHIVE` bytes or more than `LARGEST_RATIO` times its size.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return unpack(stream, workspace, progress=progress)
    folder = workspace / f"zip-{_digest(source)[:16]}"
    if folder.is_dir():
        return folder
    unfinished = folder.with_suffix(".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with zipfile.ZipFile(source) as archive:
            members = [member for member in archive.infolist() if _wanted(member)]
            if not any(_path(member).suffix.lower() in SUFFIXES for member in members):
                raise DataError("Expected a zip archive with images. Received: one without any.")
            _check(members, source.seek(0, os.SEEK_END))
            for done, member in enumerate(members):
                if done % _REPORT_EVERY == 0:
                    progress(done, len(members), "Unpacking")
                _write(archive, member, unfinished)
        progress(len(members), len(members), "Unpacking")
        unfinished.rename(folder)
    except _DAMAGED as error:
        raise DataError(f"Expected a zip archive that can be unpacked. Received: {error}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def contents(source: BinaryIO) -> list[tuple[str, Callable[[], bytes]]]:
    """Files of a zip, hidden ones left out, each read into memory when it is called for; nothing is written.

    Args:
        source: The open stream; it must stay open as long as files are read.

    Returns:
        Path in the archive and reader of each file, in the archive's order. A reader raises `DataError` where its file
        is encrypted, damaged or larger than `LARGEST_FILE`.

    Raises:
        DataError: If this is no zip, a path leads outside, or it would unpack to far too much, as `unpack` does.
    """
    try:
        source.seek(0)
        archive = zipfile.ZipFile(source)
        members = [member for member in archive.infolist() if not member.is_dir() and not _hidden(member)]
        _check(members, source.seek(0, os.SEEK_END))
    except _DAMAGED as error:
        raise DataError(f"Expected a zip archive that can be unpacked. Received: {error}.") from error
    return [(str(_path(member)), partial(_content, archive, member)) for member in members]


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > LARGEST_FILE:
        raise DataError(
            f"Expected a file of at most {LARGEST_FILE // 1024**2} MB. Received: {member.file_size:,} bytes."
        )
    try:
        with archive.open(member) as packed:
            found = packed.read(member.file_size + 1)
    except _DAMAGED as error:
        raise DataError(f"Expected a file that can be unpacked. Received: {error}.") from error
    if len(found) > member.file_size:
        raise DataError(f"Expected {member.file_size:,} bytes. Received: more.")
    return found


def _digest(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary stream will do
    stream.seek(0)
    return digest


def _path(member: zipfile.ZipInfo) -> PurePosixPath:
    """Path of a member; some programs write it with backslashes."""
    return PurePosixPath(member.filename.replace("\\", "/"))


def _wanted(member: zipfile.ZipInfo) -> bool:
    return not member.is_dir() and not _hidden(member) and _path(member).suffix.lower() in {*SUFFIXES, ".csv", ".json"}


def _hidden(member: zipfile.ZipInfo) -> bool:
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in _path(member).parts)


def _check(members: list[zipfile.ZipInfo], size: int) -> None:
    for member in members:
        path = _path(member)
        if not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise DataError(f"Expected paths inside the archive. Received: {member.filename}, which leads outside.")
    unpacked = sum(member.file_size for member in members)
    packed = min(size, sum(member.compress_size for member in members))  # members may share their bytes
    if unpacked > LARGEST_ARCHIVE or unpacked > packed * LARGEST_RATIO + _CHUNK:
        raise DataError(
            f"Expected at most {LARGEST_ARCHIVE // 1024**3} GB and {LARGEST_RATIO} times the packed size. "
            f"Received: {unpacked:,} bytes from {packed:,} packed ones."
        )


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / _path(member)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > member.file_size:
                raise DataError(f"Expected {member.file_size:,} bytes in {member.filename}. Received: more.")
            file.write(chunk)
