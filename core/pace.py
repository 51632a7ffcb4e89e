"""`Pace`: how fast a training goes, and how long it takes at most from here."""

import time
from collections.abc import Callable


class Pace:
    """Times the epochs of one training as it is told of their steps.

    Args:
        cells: Cells that are trained on in each epoch.
        scored: Cells that are scored after each epoch; as many are tested in the end.
        epochs: Most epochs.
        finished: Epochs that an earlier attempt has finished.
        clock: Seconds since some moment.
    """

    def __init__(
        self, cells: int, scored: int, *, epochs: int, finished: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cells = cells
        self._scored = scored
        self._epochs = epochs
        self._finished = finished
        self._clock = clock
        self._images = 0  # of the epoch under way
        self._began = (0.0, 0)  # seconds, and images by then
        self._rate = 0.0
        self._scoring: float | None = None

    @property
    def images_per_second(self) -> float:
        """Rate of the epoch under way, or of the one before while it has none yet; 0 before both.

        The first batch does not count: in it the network is still made ready.
        """
        return self._rate

    @property
    def seconds_left(self) -> float:
        """Seconds until the last epoch is finished and the test cells are scored; 0 while no rate is known.

        It is a bound, since patience may end a training earlier. Until cells have been scored once, each counts as much
        as one that is trained on.
        """
        if self._rate == 0:
            return 0.0
        left = self._epochs - self._finished
        images = left * self._cells - self._images
        scoring = self._scored / self._rate if self._scoring is None else self._scoring
        return images / self._rate + (left + 1) * scoring

    def begin(self) -> None:
        """Hear that an epoch begins."""
        self._images = 0
        self._began = (self._clock(), 0)

    def trained(self, images: int) -> None:
        """Hear that so many images of the epoch under way have been trained on."""
        now = self._clock()
        first = self._images == 0
        self._images = images
        started, before = self._began
        if now > started and (not first or images == self._cells):  # an epoch of one batch has no other rate
            self._rate = (images - before) / (now - started)
        if first:
            self._began = (now, images)

    def score(self) -> None:
        """Hear that the cells begin to be scored."""
        self._began = (self._clock(), self._images)

    def finish(self) -> None:
        """Hear that the cells are scored and the epoch is finished."""
        self._scoring = self._clock() - self._began[0]
        self._finished += 1
        self._images = 0
