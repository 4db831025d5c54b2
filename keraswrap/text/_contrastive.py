"""Fit in two stages: texts of a class are drawn together, then a linear head is fitted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np

from keraswrap._data import LONE, Rows
from keraswrap._estimator import Call, Sample
from keraswrap._interrupts import hearing_stop
from keraswrap._params import compile_arguments, fit_arguments, predict_arguments
from keraswrap._targets import encode
from keraswrap._targets.head import number_head
from keraswrap.exceptions import ParameterError
from keraswrap.text._balanced_batches import BalancedBatches
from keraswrap.text._contrastive_nets import build_compared_encoder
from keraswrap.text._linear_head import fit_linear_head

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from keraswrap._engine import Network
    from keraswrap._targets import ClassTarget
    from keraswrap.text._base import Transformer
    from keraswrap.text._schedule import Recipe
    from keraswrap.wrappers import KerasWrapperModel

RECIPES = ("auto", "standard", "contrastive")
# Texts per class, on average, up to which "auto" compares them: the most that was measured
# (benchmarks/few_shot.json).
FEW = 32
# Divides cosines in the loss.
TEMPERATURE = 0.1


def check_contrastive(settings: Transformer, kind: str) -> None:
    """Check that parameters make sense for a contrastive fit.

    Parameters
    ----------
    settings : estimator
        With the parameters of :class:`~keraswrap.text.TransformerClassifier`.
    kind : {"all", "last", "lora", "head"}
        What is trained.

    Raises
    ------
    ParameterError
        For the first that does not.
    """
    for name, expected, why in _obstacles(settings, kind):
        raise ParameterError(
            f"Expected {name} to be {expected} with recipe='contrastive', got "
            f"{getattr(settings, name)!r}: {why}."
        )


def suits_contrastive(settings: Transformer, kind: str, y: np.ndarray) -> bool:
    """Return whether few texts per class are known, and parameters allow comparing them.

    Parameters
    ----------
    settings, kind
        As for :func:`check_contrastive`.
    y : ndarray of shape (n,) or (n, k)
        Labels of the texts to train on.
    """
    counts = np.unique(y, return_counts=True)[1] if y.ndim == 1 else y.sum(axis=0)
    counts = counts[counts > 0]
    few = counts.size > 0 and counts.mean() <= FEW
    return bool(few) and next(_obstacles(settings, kind), None) is None


def _obstacles(settings: Transformer, kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield the parameters that rule out a contrastive fit, what they should be, and why."""
    found = (
        (kind == "head", "trainable", "'lora:r', 'last:k' or 'all'", "it trains the encoder"),
        (
            getattr(settings, "head", None) == "checkpoint",
            "head",
            "'auto' or 'new'",
            "it fits a new head on the trained vectors",
        ),
        (settings.target != "auto", "target", "'auto'", "its pairs know no order of classes"),
        (settings.numeric_features, "numeric_features", "False", "it compares texts alone"),
        (
            settings.long_texts != "truncate",
            "long_texts",
            "'truncate'",
            "windows of one text would be its pairs",
        ),
        (
            settings.early_stopping,
            "early_stopping",
            "False",
            "it is for too few texts to hold some out; set epochs",
        ),
    )
    for wrong, name, expected, why in found:
        if wrong:
            yield name, expected, why


def indicators(y: np.ndarray) -> np.ndarray:
    """Return ones where a text has a label, a column for each that occurs.

    Examples
    --------
    >>> indicators(np.array(["b", "a", "b"])).tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """
    if y.ndim == 2:
        return y.astype("float32")
    labels, found = np.unique(y, return_inverse=True)
    return np.eye(len(labels), dtype="float32")[found]


def fit_contrastive(
    estimator: KerasWrapperModel,
    ids: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray | None,
    recipe: Recipe,
    seed: int,
) -> KerasWrapperModel:
    """Fit an estimator of `build_unit_vector_classifier` on texts.

    Parameters
    ----------
    estimator : KerasWrapperModel
    ids : ndarray of int32, shape (n, length)
    y : ndarray of shape (n,) or (n, k)
    weights : ndarray of shape (n,), optional
        Of texts. One of weight 0 is left out.
    recipe : Recipe
    seed : int

    Returns
    -------
    KerasWrapperModel
        The same one. Its ``history_`` has the loss of pairs by epoch, and in
        ``head_loss`` the log loss of the head.
    """
    with hearing_stop():
        estimator._fit(ids, y, None, Call(train=False, seed=seed))
        target, network = cast("ClassTarget", estimator._target), estimator.network_
        everything = Sample(Rows({LONE: ids}), target.check(y), weights)
        sample = everything if weights is None else everything.take(np.flatnonzero(weights))
        # Batches are balanced already, so that weights of classes are for the head alone.
        class_weight = fit_arguments(estimator.params)["class_weight"]
        of_pairs = _weights(estimator, sample, None)
        of_head = _weights(estimator, sample, class_weight)
        compared, history = _compare(estimator, sample, of_pairs, recipe)
        vectors = _vectors(compared, sample.rows)
        head = fit_linear_head(vectors, _encoded(target, sample.y), of_head, several=target.several)
        _engine().transfer(compared, network, [head.kernel, head.bias])
        network.callbacks = compared.callbacks
        estimator.history_ = {**history, "head_loss": [head.loss]}
        estimator.padding_share_ = compared.padding or None
    return estimator


def _encoded(target: ClassTarget, y: np.ndarray) -> np.ndarray:
    """Return ones where a text has a label, a column for each class of the target."""
    return y if target.several else np.eye(len(target.classes))[encode(y, target.classes)]


def _weights(
    estimator: KerasWrapperModel, sample: Sample, class_weight: object
) -> np.ndarray | None:
    """Return weights of a mean of 1, those of classes included."""
    data = estimator._encode(estimator.network_, sample, class_weight=class_weight)
    return cast("np.ndarray | None", data.weights)


def _engine() -> ModuleType:
    from keraswrap import _engine

    return _engine


def _compare(
    estimator: KerasWrapperModel,
    sample: Sample,
    weights: np.ndarray | None,
    recipe: Recipe,
) -> tuple[Network, dict[str, list[float]]]:
    """Train an encoder to give texts with the same labels similar vectors."""
    engine, network = _engine(), estimator.network_
    labels = indicators(sample.y)
    batches = BalancedBatches.plan(labels, recipe.batch_size)
    order = partial(batches.order, network.seed)
    data = engine.TrainingData(sample.rows, labels, weights, order)
    loss = engine.SupervisedContrastive(TEMPERATURE)
    settings = {**compile_arguments(estimator.compile_kwargs)[0], "loss": loss}
    builder = engine.FromFunction(build_compared_encoder, estimator.model_kwargs)
    compared = engine.Network(builder, network.meta, data.rows, network.seed, network.policy)
    compared.compile(settings, number_head(compared.width))
    arguments = fit_arguments({**(estimator.params or {}), "batch_size": batches.size})
    strict = estimator.random_state is not None
    return compared, engine.train(compared, data, None, arguments, strict=strict)


def _vectors(network: Network, rows: Rows) -> np.ndarray:
    """Return vectors of length 1."""
    vectors = np.asarray(network.outputs(rows, predict_arguments({})), dtype="float64")
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
