"""The folders that a server and its workers must both see: marked by the server, checked by the worker."""

import platform
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from core.config import Settings
from core.errors import JobError

_MARK = ".leukoscope-folder"  # holds what tells the folder from one of the same name on another machine


@dataclass(frozen=True)
class SharedSettings(Settings):
    """Settings on their way to a worker.

    Attributes:
        marks: Each folder that the worker must see with its mark; none for a worker on the server's own machine.
    """

    marks: tuple[tuple[Path, str], ...] = ()


def shared(settings: Settings) -> SharedSettings:
    """What a worker needs of the settings: not the database, whose URL may hold a password.

    Raises:
        JobError: If a folder of the settings cannot be made or written.
    """
    kept = {field.name: getattr(settings, field.name) for field in fields(Settings)} | {"database_url": None}
    folders = (settings.home, settings.models) if settings.dask else ()
    return SharedSettings(**kept, marks=tuple((folder, _marked(folder)) for folder in folders))


def check_shared(settings: Settings, data: Path) -> None:
    """Refuse work whose folders this machine does not see; without the marks it would train, and store the model here.

    Args:
        settings: As `shared` made them; nothing is checked of others.
        data: Folder of the data set.

    Raises:
        JobError: If a folder is missing here, or another one of the same name.
    """
    marks = settings.marks if isinstance(settings, SharedSettings) else ()
    for folder, mark in marks:
        if _read(folder / _MARK) != mark:
            raise JobError(_refusal(folder, "that the worker shares with the server"))
    if marks and not data.is_dir():
        raise JobError(_refusal(data, "with cells that the worker can read"))


def _refusal(folder: Path, wanted: str) -> str:
    return (
        f"Expected a folder {wanted}. Received: {folder}, which the worker on {platform.node()} does not see. Mount it "
        "there under the same path."
    )


def _marked(folder: Path) -> str:
    """The folder's mark, which it gets if it has none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _read(folder / _MARK):
            (folder / _MARK).write_text(secrets.token_hex(16), encoding="ascii")
        return (folder / _MARK).read_text(encoding="ascii")  # as the last of several servers has left it
    except (OSError, UnicodeDecodeError) as error:
        raise JobError(f"Expected a folder that workers can share. Received: {folder} ({error}).") from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
