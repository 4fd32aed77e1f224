"""Everything that streammem raises on purpose.

StreamMemError
├── SourceError (OSError)                 a source cannot be opened or read
│   ├── SourceNotFoundError (FileNotFoundError)
│   ├── UnsupportedSourceError (ValueError)   it is there, but holds no picture that we can read
│   └── SourceStalledError (TimeoutError)     nothing came within the time-out, reconnecting failed
├── ObservationError (ValueError)         a frame, a feature or a query of the wrong kind or shape
│   ├── OrderError                        time does not move forward
│   └── PoseError                         a matrix or a quaternion that is no pose
├── PlaceError (LookupError)              a place that the landmark graph never had, or has no longer
├── SpaceError (LookupError)              a feature space that this store or encoder does not have
│   └── VocabularyError                   a word that the encoder does not know
├── EpisodeError (RuntimeError)           an environment is asked out of turn: no episode, one that is over, closed
├── EngineLostError (RuntimeError)        the process that owns a live memory is gone; it starts again by itself
├── CheckpointError (ValueError)          weights that are missing, unsafe or of the wrong shape
├── BudgetError (ValueError)              a byte budget too small to work with, or not a number of bytes
└── StoreError (OSError)                  a store on disk
    ├── StoreNotFoundError (FileNotFoundError)
    ├── StoreLockedError (BlockingIOError)    another process writes to it
    ├── StoreDamagedError                 what is there cannot be trusted
    ├── StoreVersionError                 written by a newer streammem
    ├── StoreFullError                    the disk is full
    └── StoreClockError                   the clock stands behind the last commit

Each text says what was found, what was expected and what to do about it.
"""

__all__ = [
    "BudgetError",
    "CheckpointError",
    "EngineLostError",
    "EpisodeError",
    "ObservationError",
    "OrderError",
    "PlaceError",
    "PoseError",
    "SourceError",
    "SourceNotFoundError",
    "SourceStalledError",
    "SpaceError",
    "StoreClockError",
    "StoreDamagedError",
    "StoreError",
    "StoreFullError",
    "StoreLockedError",
    "StoreNotFoundError",
    "StoreVersionError",
    "StreamMemError",
    "UnsupportedSourceError",
    "VocabularyError",
]


class StreamMemError(Exception):
    """The root of every error that streammem raises on purpose."""


class SourceError(StreamMemError, OSError):
    """A source cannot be opened or read."""


class SourceNotFoundError(SourceError, FileNotFoundError):
    """There is no such file, folder, camera or host."""


class UnsupportedSourceError(SourceError, ValueError):
    """The source is there, but it holds no picture that can be read."""


class SourceStalledError(SourceError, TimeoutError):
    """A live source sent nothing within its time-out."""


class ObservationError(StreamMemError, ValueError):
    """A frame, a feature or a query is of the wrong kind or shape."""


class OrderError(ObservationError):
    """Time does not move forward."""


class PoseError(ObservationError):
    """A matrix or a quaternion is no pose: not finite, not rigid, mirrored or of the wrong shape."""


class PlaceError(StreamMemError, LookupError):
    """A place that the landmark graph never had, or has no longer."""


class SpaceError(StreamMemError, LookupError):
    """A feature space that this store or encoder does not have."""


class VocabularyError(SpaceError):
    """A word that the encoder does not know; `nearest` holds the closest ones it does."""

    def __init__(self, message: str, *, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


class EpisodeError(StreamMemError, RuntimeError):
    """An environment is asked out of turn: there is no episode yet, it is over, or the environment is closed."""


class EngineLostError(StreamMemError, RuntimeError):
    """The process that owns a live memory is gone, or is not there yet; ask again in a moment."""


class CheckpointError(StreamMemError, ValueError):
    """Weights are missing, unsafe to load, or of the wrong shape."""


class BudgetError(StreamMemError, ValueError):
    """A byte budget is too small to work with, or is no number of bytes."""


class StoreError(StreamMemError, OSError):
    """A store on disk cannot be opened, read or written."""


class StoreNotFoundError(StoreError, FileNotFoundError):
    """There is no store at this path."""


class StoreLockedError(StoreError, BlockingIOError):
    """Another process writes to this store."""


class StoreDamagedError(StoreError):
    """The store's bytes are not what was committed."""


class StoreVersionError(StoreError):
    """The store was written by a newer streammem."""


class StoreFullError(StoreError):
    """The disk is full; the last commit is intact."""


class StoreClockError(StoreError):
    """The computer's clock stands behind the last commit; the memory holds and tries again."""
