"""`Series`: the independent parts of a job, and what their outcomes come to together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Work:
    """What one task of the cluster does.

    Attributes:
        function: Of `core.worker`; its first argument is the line on which it reports.
        arguments: The others.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class Series:
    """What a job of several parts is made of.

    Attributes:
        titles: What each part is, for people.
        first: What must be done before any of them.
        work: What a part does, by its number.
        finished: What a part has left that an earlier attempt finished, by its number; None where it is unfinished.
        failed: What stands for a part that failed, from its number and the reason.
        together: What the outcomes of the parts that have ended come to, for the record of the job.
        live: Whether that is wanted after each part, or only once after the last.
    """

    titles: tuple[str, ...]
    first: Work
    work: Callable[[int], Work]
    finished: Callable[[int], Any]
    failed: Callable[[int, str], Any]
    together: Callable[[Sequence[Any]], Mapping[str, Any]]
    live: bool = True
