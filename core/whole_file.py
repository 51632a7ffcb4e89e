"""`whole_file`: a file that appears whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PARTIAL = ".partial"  # how the name of an unfinished file ends


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Write a file beside its place and move it there at the end; whatever is raised before leaves the old one.

    The content is on the disk before the file has its name, so that a power cut leaves the old or the new file, never
    an empty one of the right size. Its folder is made where there is none.

    Args:
        file: The file to make or replace.

    Yields:
        A stream for its content.

    Raises:
        OSError: If it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}-{secrets.token_hex(8)}{PARTIAL}")
    try:
        with partial.open("xb") as stream:  # unlike tempfile's, with the rights that the user's other files have
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
