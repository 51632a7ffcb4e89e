"""What the command line says: results on standard output, progress and refusals on standard error."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from core.types import Progress, silent


def show(value: Any, *, as_json: bool, leave_out: tuple[str, ...] = ()) -> None:  # noqa: ANN401  # whatever is JSON
    """Print a result: JSON, or a line for each key.

    Args:
        value: A dict, or a list of dicts.
        as_json: Print JSON, with all keys.
        leave_out: Keys that are not printed as lines.
    """
    if as_json:
        sys.stdout.write(f"{json.dumps(value, indent=2)}\n")
        return
    for item in value if isinstance(value, list) else [value]:
        for key, content in item.items():
            if key not in leave_out:
                sys.stdout.write(f"{key}: {content if isinstance(content, str) else json.dumps(content)}\n")


def progress() -> Progress:
    """Progress on standard error where a person watches; nothing in a script."""
    if not sys.stderr.isatty():
        return silent

    def line(done: int, total: int, text: str) -> None:
        sys.stderr.write(f"\r\033[K{text}: {done:,} of {total:,}")
        if done >= total:
            sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return line


def refuse(reason: str) -> NoReturn:
    """Say in one line on standard error what was wrong, and exit with 2."""
    sys.stderr.write(" ".join(reason.split()) + "\n")
    sys.exit(2)


def start_tensorflow() -> None:
    """Import TensorFlow without what it writes to standard error, whatever its log level, where there is no GPU."""
    with muted():
        import tensorflow

        tensorflow.config.list_physical_devices()


@contextmanager
def muted() -> Iterator[None]:
    """Keep what libraries, and processes that are started meanwhile, write to standard error off the terminal."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
