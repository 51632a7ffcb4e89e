"""One attempt at a job: its tasks, on a cluster that does what a test tells it."""

from collections.abc import Callable
from typing import Any

import distributed
import pytest
from distributed import KilledWorker

from core.errors import Cancelled
from core.job import CLUSTER_ENDED, WORKER_ENDED, Ending
from core.run import Run
from core.series import Work
from core.worker import Line, cancel_flag


class Task:
    """A future that ends when it is told to."""

    def __init__(self, line: Line, arguments: tuple[Any, ...]) -> None:
        self.line = line
        self.arguments = arguments
        self.status = "pending"
        self._value: Any = None
        self._callbacks: list[Callable[[Task], None]] = []

    def add_done_callback(self, call: Callable[["Task"], None]) -> None:
        self._callbacks.append(call)

    def end(self, status: str, value: Any = None) -> None:
        self.status, self._value = status, value
        for call in self._callbacks:
            call(self)

    def result(self) -> Any:
        return self._value

    def exception(self) -> Any:
        return self._value

    def cancel(self) -> None:
        self.end("cancelled")


class Cluster:
    """A client that keeps the tasks it is given."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.topics: dict[str, Callable[[Any], None]] = {}

    def subscribe_topic(self, topic: str, handler: Callable[[Any], None]) -> None:
        self.topics[topic] = handler

    def submit(self, function: Any, line: Line, *arguments: Any, key: str, pure: bool, retries: int) -> Task:
        assert (function, key, pure, retries) == (work, line.key, False, 0)
        self.tasks.append(Task(line, arguments))
        return self.tasks[-1]

    def say(self, number: int | None) -> None:
        (handler,) = self.topics.values()
        handler((0.0, {"task": number}))


def work(line: Line) -> None:
    """Stands for a function of `core.worker`; the cluster here calls none."""


def killed(key: str) -> KilledWorker:
    return KilledWorker(key, None, 0)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def ends() -> list[tuple[int, Ending]]:
    return []


@pytest.fixture
def run(cluster: Cluster, ends: list[tuple[int, Ending]]) -> Run:
    return Run(cluster, "job", heard=lambda *_: None, ended=lambda _, number, how: ends.append((number, how)))


TWO = {number: Work(work, (number,)) for number in (0, 1)}


def states(ends: list[tuple[int, Ending]]) -> list[tuple[int, str, str]]:
    return [(number, how.state, how.problem) for number, how in ends]


def test_tasks_side_by_side_end_each_for_itself(run: Run, cluster: Cluster, ends: list[tuple[int, Ending]]) -> None:
    run.start(TWO)
    assert [task.line for task in cluster.tasks] == [Line(run.id, 0, 1), Line(run.id, 1, 1)]
    cluster.tasks[1].end("finished", "mine")
    cluster.tasks[0].end("error", ValueError("no"))
    assert states(ends) == [(1, "done", ""), (0, "failed", "no")]
    assert ends[0][1].outcome == "mine"


def test_what_goes_first_is_done_before_the_others_are_submitted(
    run: Run, cluster: Cluster, ends: list[tuple[int, Ending]]
) -> None:
    run.start(TWO, first=Work(work))
    assert [task.line.task for task in cluster.tasks] == [None]
    cluster.tasks[0].end("finished")
    assert [task.line.task for task in cluster.tasks] == [None, 0, 1]
    assert ends == []


def test_where_what_goes_first_fails_all_end_as_it_did(
    run: Run, cluster: Cluster, ends: list[tuple[int, Ending]]
) -> None:
    run.start(TWO, first=Work(work))
    cluster.tasks[0].end("error", ValueError("no cells"))
    assert states(ends) == [(0, "failed", "no cells"), (1, "failed", "no cells")]
    assert len(cluster.tasks) == 1


def test_a_task_that_had_begun_is_lost_with_its_worker_and_one_that_waited_there_is_not(
    run: Run, cluster: Cluster, ends: list[tuple[int, Ending]]
) -> None:
    run.start(TWO)
    cluster.say(0)
    for task in cluster.tasks[:2]:
        task.end("error", killed(task.line.key))
    assert states(ends) == [(0, "lost", WORKER_ENDED)]
    assert cluster.tasks[2].line == Line(run.id, 1, 2)
    cluster.tasks[2].end("finished")
    assert states(ends)[1:] == [(1, "done", "")]


def test_a_task_that_ends_its_workers_before_it_begins_is_not_tried_for_ever(
    run: Run, cluster: Cluster, ends: list[tuple[int, Ending]]
) -> None:
    run.start({0: Work(work)})
    for number in range(3):
        assert len(cluster.tasks) == number + 1
        cluster.tasks[number].end("error", killed("key"))
    assert states(ends) == [(0, "lost", WORKER_ENDED)]


def test_a_connection_that_ends_loses_what_runs(run: Run, cluster: Cluster, ends: list[tuple[int, Ending]]) -> None:
    run.start({0: Work(work)})
    cluster.tasks[0].end("cancelled")
    assert states(ends) == [(0, "lost", CLUSTER_ENDED)]


def test_cancelling_drops_what_waits_and_asks_what_runs(
    run: Run, cluster: Cluster, ends: list[tuple[int, Ending]], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags: list[str] = []

    class Event:
        def __init__(self, name: str, client: Cluster) -> None:
            self.name = name
            assert client is cluster

        def set(self) -> None:
            flags.append(self.name)

    monkeypatch.setattr(distributed, "Event", Event)
    run.start(TWO)
    cluster.say(0)
    run.cancel()
    assert flags == [cancel_flag(run.id)]
    assert states(ends) == [(1, "cancelled", "")]
    cluster.tasks[0].end("error", Cancelled("Cancelled by the user."))
    assert states(ends)[1:] == [(0, "cancelled", "")]
