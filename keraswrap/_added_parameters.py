"""List the parameters that estimators of version 0.1 did not have. Can go in version 0.3.

A journal recognizes a search by the parameters of its estimator, among other things. It
must remain usable after a version adds a parameter, so keys leave new parameters out as
long as their value stands for the former behavior.
"""

from __future__ import annotations

from collections.abc import Mapping

# By the class whose constructor takes them. Add every new parameter here.
_NET: Mapping[str, object] = {"target": "auto", "runtime": "auto"}
_TEXT: Mapping[str, object] = {**_NET, "numeric_features": False}
ADDED: Mapping[str, Mapping[str, object]] = {
    "keraswrap.wrappers.KerasWrapperModel": _NET,
    "keraswrap.wrappers.KerasWrapperRegressor": _NET,
    "keraswrap.wrappers.KerasWrapperSequential": _NET,
    "keraswrap.model_selection._search.GridSearchCV": {"stack_fits": True},
    "keraswrap.model_selection._search.RandomizedSearchCV": {"stack_fits": True},
    "keraswrap.issues.labels._clean_classifier.CleanClassifier": {"views": None},
    "keraswrap.text._base.Transformer": _TEXT,
    "keraswrap.text._embedder.TextEmbedder": {"runtime": "auto", "precision": "auto"},
    "keraswrap.text._classifier.TransformerClassifier": {**_TEXT, "recipe": "standard"},
}


def known_before(kind: type, params: Mapping[str, object]) -> dict[str, object]:
    """Leave out parameters that version 0.1 did not have, if they have their former meaning.

    Parameters
    ----------
    kind : type
        The class of the estimator; for a subclass, the class of its constructor counts.
    params : mapping
        All parameters by name.

    Examples
    --------
    >>> from keraswrap import KerasWrapperModel
    >>> known_before(KerasWrapperModel, {"model": len, "target": "auto"})
    {'model': <built-in function len>}
    >>> known_before(KerasWrapperModel, {"model": len, "target": "ordered"})["target"]
    'ordered'
    """
    owner = next(each for each in kind.__mro__ if "__init__" in vars(each))
    added = ADDED.get(f"{owner.__module__}.{owner.__qualname__}", {})
    return {name: v for name, v in params.items() if not _is_default(name, v, added)}


def _is_default(name: str, value: object, added: Mapping[str, object]) -> bool:
    return name in added and type(value) is type(added[name]) and value == added[name]
