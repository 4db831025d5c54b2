"""The only door to MLflow: imported without telemetry, asked without long waits.

MLflow sends usage data over the network unless an environment variable tells it not to
before it is imported, so that is set here. Whoever sets the variable keeps their choice.
All that is asked of MLflow's private modules is in this one.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from keraswrap._optional import require
from keraswrap.exceptions import EndpointError, InputError, KeraswrapError, StorageError
from keraswrap.tracking._secrets import redact

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

__all__ = ["Door", "load_mlflow"]

# Seconds that a server has for its first answer, before anything is asked of it.
PATIENCE = 10
_ASKED = "/api/2.0/mlflow/experiments/search"
# For the time of a call: MLflow prints addresses with the passwords in them, draws bars, and asks a
# server that has gone seven times, for minutes.
_QUIET = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
_UNKNOWN = ("RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS", "INVALID_PARAMETER_VALUE")
_REFUSED = (
    "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, to those "
    "of a user who may do this."
)


def load_mlflow() -> ModuleType:
    """Import MLflow, which sends no usage data from this process then.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    loaded = "mlflow" in sys.modules
    mlflow = require("mlflow", "mlflow")
    if loaded:  # by the user, perhaps with telemetry: decide again
        require("mlflow.telemetry", "mlflow").set_telemetry_client()
    return mlflow


class _Quiet:
    """Sets what the user has not set, from the first of several threads to the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._set: list[str] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._users:
                self._set = [name for name in _QUIET if name not in os.environ]
                os.environ.update({name: _QUIET[name] for name in self._set})
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                for name in self._set:
                    os.environ.pop(name, None)


_quiet = _Quiet()


class Door:
    """A client of one tracking server or database; the user's own settings stay untouched.

    Parameters
    ----------
    uri : str
        As for MLflow: ``http://…``, ``sqlite:///…``.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.where = redact(uri)
        self._client: MlflowClient | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_client": None}  # its connections belong to this process

    @contextmanager
    def opened(self) -> Iterator[MlflowClient]:
        """Yield the client; errors of MLflow become ours, without addresses' secrets.

        Raises
        ------
        MissingExtraError
            If MLflow is not installed.
        EndpointError
            If the server cannot be reached, refuses, or answers something else.
        InputError
            If something is not there, or MLflow does not take it.
        """
        mlflow = load_mlflow()
        from mlflow.exceptions import MlflowException

        with _quiet, self._explained(MlflowException):
            if self.uri.lower().startswith(("http://", "https://")):
                self._knock()
            if self._client is None:
                self._client = mlflow.MlflowClient(self.uri, self.uri)
            yield self._client

    @contextmanager
    def _explained(self, kind: type[MlflowException]) -> Iterator[None]:
        try:
            yield
        except KeraswrapError:
            raise
        except kind as error:
            raise self._explain(error.error_code, str(error)) from None
        except OSError as error:
            raise StorageError(
                f"Expected to read and write what MLflow keeps at {self.where!r}, got "
                f"{redact(str(error))}."
            ) from None

    def _explain(self, code: str, message: str) -> KeraswrapError:
        told = redact(message)[:500]
        if code in _UNKNOWN:
            return InputError(f"MLflow at {self.where!r} says: {told}")
        if code in ("PERMISSION_DENIED", "UNAUTHENTICATED") or "error code 40" in told:
            return EndpointError(f"MLflow at {self.where!r} refuses: {told}. {_REFUSED}")
        return EndpointError(f"Expected an answer of MLflow at {self.where!r}, got: {told}")

    def _knock(self) -> None:
        """Ask once, without the minutes of retries that MLflow's client makes."""
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        try:
            answer = http_request(
                get_default_host_creds(self.uri),
                _ASKED,
                "GET",
                params={"max_results": 1},
                max_retries=0,
                timeout=PATIENCE,
                raise_on_status=False,
            )
        except Exception as error:  # MLflow's own, and those of what it asks with
            raise EndpointError(
                f"Expected an MLflow server at {self.where!r}, got no answer: "
                f"{redact(str(error))[-300:]}. Start it, or correct the address."
            ) from None
        if answer.status_code in (401, 403):
            raise EndpointError(
                f"MLflow at {self.where!r} refuses, with status {answer.status_code}. {_REFUSED}"
            )
        if answer.status_code != 200 or "json" not in answer.headers.get("content-type", "json"):
            raise EndpointError(
                f"Expected an MLflow server at {self.where!r}, got status {answer.status_code} "
                f"for {_ASKED}. Correct the address, or look at the server's log."
            )
