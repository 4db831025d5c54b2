"""All errors that keraswrap raises on purpose.

The tree, with the built-in class each one also is::

    KeraswrapError
    ├── InputError            (ValueError)    data, labels or weights that cannot be used
    │   ├── ParameterError                    a parameter that is unknown or cannot hold that value
    │   ├── BuildError                        a build function or its net, that cannot be used
    │   ├── SavedFileError                    a saved file that is corrupt, foreign or too new
    │   └── JournalError                      a journal that is corrupt, or of another search
    ├── InputTypeError        (TypeError)     an object of a kind that is not taken
    ├── MissingExtraError     (ImportError)   an optional package that is not installed
    ├── DownloadError         (OSError)       data that cannot be fetched, or fails its checksum
    ├── StorageError          (OSError)       a folder that cannot be written, or a full disk
    ├── WorkerError           (RuntimeError)  a worker process that died, twice, with the same fit
    ├── EndpointError         (RuntimeError)  a server that does not answer, or not legibly
    │   └── RefusedError                      a server that refuses some texts, and answers others
    ├── IsolationError        (RuntimeError)  code that this machine cannot isolate, so is not run
    ├── BudgetError           (RuntimeError)  work that would cost more than was allowed
    ├── BusyError             (RuntimeError)  work that another process is doing right now
    └── LowProbabilityError   (RuntimeError)  a text that a language model has no label for

and two warnings, each a UserWarning: `InSampleWarning`, about probabilities that look
like predictions for training rows, and `LabelVariantsWarning`, about labels that differ
only in form.

An estimator used before ``fit`` raises scikit-learn's own
:class:`sklearn.exceptions.NotFittedError`. Every message says what was expected, what
came instead, and what to do; all but the last are raised before any training.
"""

from __future__ import annotations

import sys
import warnings
from types import FrameType

__all__ = [
    "BudgetError",
    "BuildError",
    "BusyError",
    "DownloadError",
    "EndpointError",
    "InSampleWarning",
    "InputError",
    "InputTypeError",
    "IsolationError",
    "JournalError",
    "KeraswrapError",
    "LabelVariantsWarning",
    "LowProbabilityError",
    "MissingExtraError",
    "ParameterError",
    "RefusedError",
    "SavedFileError",
    "StorageError",
    "WorkerError",
]


# Whose code stands between a user's line and what is to be said of it.
_BETWEEN = ("keraswrap", "sklearn", "joblib")


class KeraswrapError(Exception):
    """Root of every error that keraswrap raises on purpose."""


class InputError(KeraswrapError, ValueError):
    """Data, labels or weights that cannot be used."""


class ParameterError(InputError):
    """A parameter that is unknown or has an invalid value."""


class BuildError(InputError):
    """A build function, or the net it returned, that cannot be used."""


class SavedFileError(InputError):
    """A saved file that is corrupt, foreign, or from a later format."""


class JournalError(InputError):
    """A journal that is corrupt, not a journal, or from another search."""


class InputTypeError(KeraswrapError, TypeError):
    """An object of an unsupported type."""


class MissingExtraError(KeraswrapError, ImportError):
    """An optional package that is not installed."""


class DownloadError(KeraswrapError, OSError):
    """Data or a checkpoint that cannot be fetched, or fails its checksum."""


class StorageError(KeraswrapError, OSError):
    """A folder that cannot be written, or a disk that is full."""


class WorkerError(KeraswrapError, RuntimeError):
    """A worker process that died twice with the same fit."""


class EndpointError(KeraswrapError, RuntimeError):
    """A server that gives no answer or an unreadable one."""


class RefusedError(EndpointError):
    """A server that refuses some texts, for their content or their length.

    Parameters
    ----------
    message : str
    refused : dict of int to str
        The server's message, by the number of the prompt.
    """

    def __init__(self, message: str, refused: dict[int, str]) -> None:
        super().__init__(message)
        self.refused = refused

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.refused)


class IsolationError(KeraswrapError, RuntimeError):
    """Code that is not run, since this machine cannot isolate it."""


class BudgetError(KeraswrapError, RuntimeError):
    """Work that would exceed a budget."""


class BusyError(KeraswrapError, RuntimeError):
    """Work that another process is doing right now."""


class LowProbabilityError(KeraswrapError, RuntimeError):
    """A text for which no label has enough probability."""


class InSampleWarning(UserWarning):
    """Probabilities that look like predictions for training rows."""


class LabelVariantsWarning(UserWarning):
    """Labels that differ only in form and count as different classes."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that called this package, however deep inside the reason was found."""
    here = sys._getframe(1)
    caller: FrameType | None = here
    while caller and caller.f_globals.get("__name__", "").partition(".")[0] in _BETWEEN:
        caller = caller.f_back
    frame = caller or here  # a pool's thread has no user code on its stack
    module = frame.f_globals.get("__name__")
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    where = (frame.f_code.co_filename, frame.f_lineno, module, registry)
    warnings.warn_explicit(message, category, *where)
