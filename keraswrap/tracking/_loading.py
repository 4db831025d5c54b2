"""Make an estimator from the bytes that a registry holds."""

from __future__ import annotations

import io
from collections.abc import Mapping

from sklearn.base import BaseEstimator

from keraswrap.exceptions import ParameterError
from keraswrap.model_files import load_estimator

__all__ = ["estimator_from"]


def estimator_from(
    content: bytes, custom_objects: Mapping[str, object] | None, params: dict[str, object]
) -> BaseEstimator:
    """Make an estimator without running code; a registry holds no pickles.

    Raises
    ------
    ParameterError
        If a pickle is to be trusted.
    SavedFileError
        If the bytes are corrupt, or from a later version of keraswrap.
    """
    if "trust_pickle" in params:
        raise ParameterError("Expected no trust_pickle: a registry holds no pickles. Leave it out.")
    source = io.BytesIO(content)
    return load_estimator(source, trust_pickle=False, custom_objects=custom_objects, **params)
