"""The tree of states that LeukoScope refuses to work in; wrong arguments are plain `ValueError`s.

LeukoscopeError
├── DataError             a data set, archive or file that cannot be used
│   ├── UnreadableImage   bytes that are no image this project can decode
│   └── SplitImpossible   too few subjects for a split that keeps them apart
├── ModelError            a model folder that is missing, damaged or not what its card says
├── WeightsUnavailable    pretrained weights that cannot be had here
├── DownloadError         a download without internet, credentials or disk space
├── JobError              a job that was lost or cannot be started
└── Cancelled             the user asked to stop
"""


class LeukoscopeError(Exception):
    """Root of the tree; its text is one sentence that can be shown to a user."""


class DataError(LeukoscopeError):
    """A data set, archive or file that cannot be used."""


class UnreadableImage(DataError):
    """Bytes that are no image this project can decode."""


class SplitImpossible(DataError):
    """Too few subjects for a split that keeps them apart."""


class ModelError(LeukoscopeError):
    """A model folder that is missing, damaged or not what its card says."""


class WeightsUnavailable(LeukoscopeError):
    """Pretrained weights that cannot be had here."""


class DownloadError(LeukoscopeError):
    """A download without internet, credentials or disk space."""


class JobError(LeukoscopeError):
    """A job that was lost or cannot be started."""


class Cancelled(LeukoscopeError):
    """The user asked to stop; raised through progress callbacks."""
