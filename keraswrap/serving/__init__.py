"""Serve a fitted estimator over HTTP: micro-batches, limits, metrics, reload."""

from keraswrap.serving._access import ServingAccess
from keraswrap.serving._app import make_app
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._model import ServedModel
from keraswrap.serving._server import serve_model
from keraswrap.serving._source import FileSource, ModelSource, RegistrySource

__all__ = [
    "FileSource",
    "ModelSource",
    "RegistrySource",
    "ServedModel",
    "ServingAccess",
    "ServingLimits",
    "make_app",
    "serve_model",
]
