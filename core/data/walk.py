"""Walk a folder: everything that lies below it, as of when, and which of it an index can use."""

import hashlib
import marshal
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.data import cnmc, demo, image_header
from core.data.dataset import Unreadable

Stamp = tuple[int, int, int]  # kind and rights, bytes, time of the last change in ns; zeros where it may not be seen
_UNSEEN = (0, 0, 0)
_LINK = (stat.S_IFLNK, 0, 0)


@dataclass(frozen=True)
class Listing:
    """Everything below a folder.

    Attributes:
        folders: Stamps of each folder's entries by name; the folders by POSIX path relative to the root, "" for itself.
        refused: Folders that could not be read, with the system's reason.
    """

    folders: dict[str, dict[str, Stamp]]
    refused: dict[str, str]

    def digest(self) -> str:
        """SHA-256 of the listing: the same as long as no file has changed."""
        # marshal is only written, never read; from version 3 on its bytes depend on more than the values
        return hashlib.sha256(marshal.dumps((self.folders, self.refused), 2)).hexdigest()

    def stamps(self) -> dict[str, Stamp]:
        """Stamp of each entry by its path."""
        return {_below(folder, name): stamp for folder, found in self.folders.items() for name, stamp in found.items()}


@dataclass(frozen=True)
class Walk:
    """What an index can use of a listing.

    Attributes:
        images: Bytes of each file with an image's suffix by path, in the order of paths.
        label_tables: Paths of C-NMC's label tables.
        others: Number of further files.
        unreadable: What cannot be used, and why.
    """

    images: dict[str, int]
    label_tables: tuple[str, ...]
    others: int
    unreadable: tuple[Unreadable, ...]


def listing(root: Path) -> Listing:
    """List a folder and all below it with one look at each entry. Links to folders are not followed."""
    folders: dict[str, dict[str, Stamp]] = {}
    refused: dict[str, str] = {}
    waiting = [""]  # no recursion: folders may lie deeper in each other than Python's stack
    while waiting:
        folder = waiting.pop()
        try:
            folders[folder], below = _entries(root / folder)
        except OSError as error:
            refused[folder] = error.strerror or str(error)
            continue
        waiting.extend(_below(folder, name) for name in below if _is_seen(name) and _readable(name) == name)
    return Listing(folders, refused)


def walk(root: Path, found: Listing) -> Walk:
    """Tell images, label tables and other files of a listing apart. Hidden files are not looked at."""
    images: dict[str, int] = {}
    tables: list[str] = []
    unreadable = [
        Unreadable(folder or ".", f"Expected a readable folder. Received: {reason}.")
        for folder, reason in found.refused.items()
    ]
    others = 0
    for path, suffix, (mode, size, _) in _files(found):
        reason = _problem(path, mode)
        try:
            if reason:
                unreadable.append(Unreadable(_readable(path), reason))
            elif suffix in image_header.SUFFIXES and stat.S_ISREG(mode):
                images[path] = size
            elif suffix == ".csv" and stat.S_ISREG(mode) and cnmc.is_label_table(root / path):
                tables.append(path)
            else:
                others += 1
        except OSError as error:
            unreadable.append(Unreadable(path, f"Expected a readable file. Received: {error.strerror}."))
    in_order = {path: images[path] for path in sorted(images)}
    return Walk(in_order, tuple(sorted(tables)), others, tuple(unreadable))


def _problem(path: str, mode: int) -> str:
    if _readable(path) != path:
        return "Expected a name in UTF-8. Received: one in another encoding; rename it."
    if stat.S_ISLNK(mode):
        return "Expected a file or folder. Received: a link to a folder or to nothing; links are not followed."
    return "" if mode else "Expected a readable file. Received: one that nobody may look at."


def _entries(folder: Path) -> tuple[dict[str, Stamp], list[str]]:
    """Stamps of a folder's entries, and the names of the folders among them."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # names below it are looked up faster than whole paths
    found: dict[str, Stamp] = {}
    folders: list[str] = []
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                try:
                    status = entry.stat()
                except OSError:
                    found[entry.name] = _LINK if entry.is_symlink() else _UNSEEN  # a link to nothing or to itself
                    continue
                found[entry.name] = status.st_mode, status.st_size, status.st_mtime_ns
                if entry.is_dir():
                    if entry.is_symlink():
                        found[entry.name] = _LINK
                    else:
                        folders.append(entry.name)
    finally:
        os.close(descriptor)
    return found, folders


def _files(found: Listing) -> Iterator[tuple[str, str, Stamp]]:
    """Path, lower-case suffix and stamp of all that is no folder of the listing and not hidden."""
    for folder, entries in found.folders.items():
        for name, stamp in entries.items():
            if _is_seen(name) and (not stat.S_ISDIR(stamp[0]) or _readable(name) != name):
                _, dot, end = name.rpartition(".")
                yield _below(folder, name), f"{dot}{end}".lower(), stamp


def _is_seen(name: str) -> bool:
    return not name.startswith(".") and name not in {demo.MARKER, "__MACOSX"}


def _readable(name: str) -> str:
    """A name as it can be shown: with a mark wherever its bytes are no UTF-8."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "replace")


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
