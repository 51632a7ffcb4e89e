"""Whether the process that runs a job is still there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from core.owner import Owner, owner, this_process


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that lives until the end of the test."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def owner_of(pid: int) -> Owner:
    return replace(this_process(), pid=pid, started=psutil.Process(pid).create_time())


def test_this_process_is_alive() -> None:
    found = this_process()
    assert (found.pid, found.alive) == (os.getpid(), True)


def test_two_engines_of_one_process_are_two_owners() -> None:
    assert str(this_process()) != str(this_process())


def test_an_owner_is_read_back_from_its_line() -> None:
    found = replace(this_process(), started=1795572139.25)
    assert owner(str(found)) == found


@pytest.mark.parametrize("text", ["", "a b c", "a 1 b c", "a b 1 c"])
def test_a_line_that_is_no_owner_is_none(text: str) -> None:
    assert owner(text) is None


def test_another_process_is_alive_until_it_is_killed(sleeper: subprocess.Popen[bytes]) -> None:
    found = owner_of(sleeper.pid)
    assert found.alive is True
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # dead, but nobody has taken notice: a zombie
    assert found.alive is False
    sleeper.wait()
    assert found.alive is False


def test_a_later_process_with_the_same_id_is_not_the_owner(sleeper: subprocess.Popen[bytes]) -> None:
    found = owner_of(sleeper.pid)
    assert replace(found, started=found.started - 3600).alive is False


def test_of_a_process_elsewhere_nothing_is_known() -> None:
    assert replace(this_process(), place="another machine").alive is None
