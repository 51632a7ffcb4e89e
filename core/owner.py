"""Who runs a job: one server process, told from all others, even from a later one with the same process id."""

import platform
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil

_CLOCK_SECONDS = 5.0  # by which the start of a process may seem to move when the clock is set


@dataclass(frozen=True)
class Owner:
    """One engine in one server process.

    Attributes:
        place: Machine, or container, within which `pid` means one process at a time.
        pid: Its process id.
        started: When the process started, seconds since the epoch.
        engine: Which engine of the process.
    """

    place: str
    pid: int
    started: float
    engine: str

    @property
    def alive(self) -> bool | None:
        """Whether its process still runs; None where that cannot be told from here."""
        if self.place != _place():
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _CLOCK_SECONDS
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return None

    def __str__(self) -> str:
        """One line that `owner` reads back."""
        return f"{self.engine} {self.pid} {self.started:.2f} {self.place}"


def this_process() -> Owner:
    """A new owner in this process."""
    process = psutil.Process()
    return Owner(_place(), process.pid, process.create_time(), uuid.uuid4().hex[:12])


def owner(text: str) -> Owner | None:
    """Read an owner back, or None where the text is none."""
    try:
        engine, pid, started, place = text.split(" ", 3)
        return Owner(place, int(pid), float(started), engine)
    except ValueError:
        return None


def _place() -> str:
    """Name of the machine, on Linux with its boot and process namespace: machines and containers may share a name."""
    node = platform.node() or "?"
    if not sys.platform.startswith("linux"):
        return node
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{node} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return node
