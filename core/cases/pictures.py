"""The pictures of the kept cases: a folder a case, a PNG a cell, there whole or not at all."""

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from core.errors import DataError
from core.types import ByteArray
from core.whole_file import whole_file

_SAVING, _DELETING = ".saving-", ".deleting-"
_ABANDONED = 24 * 3600  # seconds after which nobody is still saving


class CasePictures:
    """Folders of pictures, one for each case.

    A case that is being saved or deleted has another name until the database knows of it; `settle` finishes what a
    server left half done.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def saving(self, case_id: str) -> Iterator[Callable[[int, bytes], str]]:
        """Write the pictures of a new case; none stay where something is raised.

        Args:
            case_id: Its id.

        Yields:
            A function that writes the PNG of the cell at a place and returns its SHA-256.

        Raises:
            DataError: If they cannot be written.
        """
        new = self._named(_SAVING, case_id)

        def write(place: int, png: bytes) -> str:
            try:
                with whole_file(new / _file(place)) as stream:
                    stream.write(png)
            except OSError as error:
                raise DataError(f"Expected room for the pictures of a case. Received: {error}.") from error
            return hashlib.sha256(png).hexdigest()

        try:
            yield write
        except BaseException:
            _erase(new)
            raise
        _rename(new, self._named("", case_id))

    @contextmanager
    def deleting(self, case_id: str) -> Iterator[None]:
        """Delete the pictures of a case at the end; they stay where something is raised before.

        Raises:
            DataError: If this is the id of none, or they cannot be deleted.
        """
        kept, going = self._named("", case_id), self._named(_DELETING, case_id)
        _rename(kept, going)
        try:
            yield
        except BaseException:
            _rename(going, kept)
            raise
        _erase(going)
        _erase(kept)  # where another server has put it back meanwhile

    def settle(self, known: Callable[[], Set[str]]) -> None:
        """Finish what was left half done by a server that ended.

        Args:
            known: Gives the ids of all cases that the database has; called only if there is something to finish.

        Raises:
            DataError: If a folder cannot be moved or deleted.
        """
        if not self._folder.is_dir():
            return
        left = [path for path in self._folder.iterdir() if path.name.startswith((_SAVING, _DELETING))]
        ids = known() if left else frozenset[str]()
        for path in left:
            case_id = path.name.partition("-")[2]
            if case_id in ids:
                _rename(path, self._folder / case_id)
            elif path.name.startswith(_DELETING) or _age(path) > _ABANDONED:
                _erase(path)

    def read(self, case_id: str, place: int, sha256: str) -> ByteArray:
        """RGB pixels of a cell, (height, width, 3).

        Raises:
            DataError: If its picture is missing, or another one than was written.
        """
        try:
            png = (self._named("", case_id) / _file(place)).read_bytes()
        except OSError as error:
            raise DataError(f"Expected the picture of a cell that was kept. Received: {error}.") from error
        if hashlib.sha256(png).hexdigest() != sha256:
            raise DataError("Expected the picture of a cell that was kept. Received: a file that was changed.")
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise DataError("Expected the picture of a cell that was kept. Received: a file that is no PNG.")
        return np.ascontiguousarray(image[..., ::-1], np.uint8)

    def _named(self, state: str, case_id: str) -> Path:
        if not re.fullmatch("[0-9a-f]{32}", case_id):
            raise DataError(f"Expected the id of a case that is kept. Received: {case_id}.")
        return self._folder / f"{state}{case_id}"


def encoded(image: ByteArray) -> bytes:
    """RGB pixels, (height, width, 3), as a PNG."""
    return cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()


def _file(place: int) -> str:
    return f"{place:04d}.png"


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _rename(old: Path, new: Path) -> None:
    try:
        old.rename(new)
    except FileNotFoundError:
        return  # a case without a picture, or another server was quicker
    except OSError as error:
        raise DataError(f"Expected a folder of pictures that can be moved. Received: {error}.") from error


def _erase(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except (FileNotFoundError, NotADirectoryError):
        return  # there is none, or another server was quicker
    except OSError as error:
        raise DataError(f"Expected a folder of pictures that can be deleted. Received: {error}.") from error
