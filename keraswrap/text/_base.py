"""What the two estimators over texts share: texts to rows, rows to a fit, a fit to a file.

A thin class over parts that can be had by themselves: a TextTokenizer or a
TextEmbedder, a build function, and the wrapper around it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import PredefinedSplit
from sklearn.utils.validation import check_is_fitted

from keraswrap._data import LONE, Rows, open_rows, unpack
from keraswrap._estimator import Call
from keraswrap._holdout import hold_out
from keraswrap._runtimes import name_runtime
from keraswrap._texts import Texts, read_texts
from keraswrap._validation import check_weights, require_target, unchanged_on_error
from keraswrap.exceptions import ParameterError
from keraswrap.text._build_functions import build_vector_head, parse_trainable
from keraswrap.text._checkpoint import read_checkpoint
from keraswrap.text._codec import Encoded
from keraswrap.text._embedder import TextEmbedder
from keraswrap.text._encoders import resolve_encoder
from keraswrap.text._numeric_features import Scaling, split_columns
from keraswrap.text._schedule import Recipe, check_settings, choose_recipe
from keraswrap.text._static_encoder import split_static
from keraswrap.text._text_notices import learn, warn_of_new
from keraswrap.text._tokenizer import TextTokenizer
from keraswrap.text._windows import choose_overlap, share_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    import keras
    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

    from keraswrap._estimator import KerasEstimator, Prepared
    from keraswrap._targets import Target


class Transformer(BaseEstimator):
    """Base of TransformerClassifier and TransformerRegressor; not for direct use."""

    # What fit learns; the class of `estimator_`.
    vectorizer_: TextTokenizer | TextEmbedder
    estimator_: KerasEstimator
    numeric_scaling_: Scaling | None = None
    _wrapper: type[KerasEstimator]
    # Estimators of earlier versions were pickled without them.
    precision: str = "auto"
    jit_compile: bool | None = None
    long_texts: str = "truncate"
    overlap: int | None = None
    numeric_features: bool = False
    target: str = "auto"
    runtime: str = "auto"

    def __init__(
        self,
        encoder: str | os.PathLike[str] | None = None,
        *,
        pooling: str = "mean",
        dropout: float = 0.1,
        trainable: str = "lora:8",
        max_length: int = 128,
        epochs: int | None = None,
        batch_size: int = 16,
        learning_rate: float | None = None,
        warmup: float = 0.1,
        weight_decay: float = 0.01,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 2,
        cache: bool | str | os.PathLike[str] | None = True,
        empty: str = "error",
        precision: str = "auto",
        jit_compile: bool | None = None,
        verbose: int | str = 0,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        long_texts: str = "truncate",
        overlap: int | None = None,
        numeric_features: bool = False,
        target: str = "auto",
        runtime: str = "auto",
    ) -> None:
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = dropout
        self.trainable = trainable
        self.max_length = max_length
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.warmup = warmup
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.cache = cache
        self.empty = empty
        self.precision = precision
        self.jit_compile = jit_compile
        self.verbose = verbose
        self.random_state = random_state
        self.long_texts = long_texts
        self.overlap = overlap
        self.numeric_features = numeric_features
        self.target = target
        self.runtime = runtime

    def _unshared(self) -> str:
        """Return why a search cannot share a run between candidates that differ only in epochs."""
        return f"the learning rate of {type(self).__name__} falls to 0 over all epochs together"

    def _fit(
        self, X: object, y: object, sample_weight: ArrayLike | None, *, train: bool = True
    ) -> Self:
        with unchanged_on_error(self):
            estimator, rows, y, weights, call, recipe = self._begin(X, y, sample_weight, train)
            self.estimator_ = self._fit_wrapper(estimator, rows, y, weights, call, recipe)
            self._learn(recipe)
        return self

    def _may_stack(self) -> bool:
        """Return whether fits of it may be trained together: those of small heads on vectors."""
        return parse_trainable(self.trainable)[0] == "head"

    def _prepare_stops(
        self,
        X: object,
        y: object,
        stops: Sequence[int],
        visit: Callable[[int], None],
        sample_weight: ArrayLike | None = None,
    ) -> Prepared:
        """Do all that comes before the training of a head; there are no stops on its way."""
        estimator, rows, y, weights, call, recipe = self._begin(X, y, sample_weight, True)

        def arrive(stop: int) -> None:
            self.estimator_ = estimator
            self._learn(recipe)
            visit(stop)

        return estimator._prepare(rows, y, weights, replace(call, stops=stops, visit=arrive))

    def _begin(
        self, X: object, y: object, sample_weight: ArrayLike | None, train: bool
    ) -> tuple[KerasEstimator, Any, np.ndarray, np.ndarray | None, Call, Recipe]:
        """Turn texts into rows, and choose what is fitted on them, and how."""
        X, y, sample_weight = unpack(X, y, sample_weight)
        kind, _ = parse_trainable(self.trainable)
        name_runtime(self.runtime)
        named, is_static = self._name_encoder(kind)
        texts, columns = self._read(X, self.numeric_features)
        one_each = Rows({LONE: np.empty((len(texts), 0))})
        require_target(self, y, one_each)
        target, y = self._learn_target(y)
        check_settings(self, kind)
        weights = check_weights(sample_weight, one_each)
        seed, held = self._hold_out(target.strata(y), y, train)
        self.numeric_scaling_ = None if columns is None else Scaling.learn(columns, ~held)
        y = self._scale_target(y, ~held)
        encoder = resolve_encoder(named)
        width = read_checkpoint(encoder).hidden_size
        route = kind if is_static else self._route(kind, encoder)
        self.vectorizer_ = self._vectorizer(route, self.encoder if is_static else encoder)
        encoded = self._encode(texts, train)
        owner, of_row = encoded.owner, held[encoded.owner]
        rows, weights = self._rows(encoded, columns), share_weights(weights, owner)
        trained = None if weights is None else weights[~of_row]
        alone = len(texts.columns) == 1
        recipe = self._choose_recipe(kind, y[owner][~of_row], trained, width, alone)
        estimator = self._wrap(route, encoder, recipe, target).set_params(
            precision=self._precision(route, encoder),
            runtime=self.runtime,
            compile__jit_compile=self.jit_compile,
        )
        split = {"validation_split": PredefinedSplit(of_row - 1) if held.any() else 0.0}
        call = Call(split, train=train, seed=seed)
        return estimator, rows, y[owner], weights if train else None, call, recipe

    def _name_encoder(self, kind: str) -> tuple[str | os.PathLike[str] | None, bool]:
        """Return the checkpoint to use, and whether only its vectors of tokens are."""
        named, is_static = split_static(self.encoder)
        if is_static and kind != "head":
            raise ParameterError(
                f"Expected trainable='head' with encoder={self.encoder!r:.60}, whose vectors of "
                f"tokens are not trained, got {self.trainable!r:.60}."
            )
        return named, is_static

    def _hold_out(
        self, strata: np.ndarray | None, y: np.ndarray, train: bool
    ) -> tuple[int, np.ndarray]:
        """Return the seed of the fit, and which texts it is validated on.

        Decided before anything is learned, so that nothing is learned from them, and by
        text, so that none has windows on both sides.
        """
        from keraswrap import _engine

        seed, held = _engine.draw_seed(self.random_state), np.zeros(len(y), dtype=bool)
        if train and self.early_stopping:
            held[hold_out(self.validation_fraction, strata, y, None, seed)[1]] = True
        return seed, held

    def _choose_recipe(
        self, kind: str, y: np.ndarray, weights: np.ndarray | None, width: int, alone: bool
    ) -> Recipe:
        """Choose what rows with these y and weights are trained with; `width` as there.

        `alone` says that each row is one text, not a pair.
        """
        return choose_recipe(self, kind, len(y), width)

    def _fit_wrapper(
        self,
        estimator: KerasEstimator,
        rows: np.ndarray | dict[str, np.ndarray],
        y: np.ndarray,
        weights: np.ndarray | None,
        call: Call,
        recipe: Recipe,
    ) -> KerasEstimator:
        """Fit the estimator over rows."""
        return estimator._fit(rows, y, weights, call)

    def _encode(self, texts: Texts, train: bool) -> Encoded:
        overlap = self._overlap()
        if not train:  # the texts are none to report on
            self.vectorizer_._attach()
            return self.vectorizer_._encode(texts, overlap)
        encoded = self.vectorizer_._prepare(texts, overlap)
        learn(self, self.vectorizer_.report_, self.max_length if overlap is None else None)
        return encoded

    def _overlap(self) -> int | None:
        return choose_overlap(self.long_texts, self.overlap, self.max_length)

    def _route(self, kind: str, encoder: str) -> str:
        """Return whether only a head is trained, on vectors."""
        return kind

    def _vectorizer(
        self, kind: str, encoder: str | os.PathLike[str] | None
    ) -> TextTokenizer | TextEmbedder:
        if kind != "head":
            return TextTokenizer(encoder, self.max_length, empty=self.empty)
        return TextEmbedder(
            encoder,
            self.pooling,
            normalize=False,
            max_length=self.max_length,
            cache=self.cache,
            empty=self.empty,
            long_texts=self.long_texts,
            overlap=self.overlap,
            runtime=self.runtime,
        )

    def _model(
        self, kind: str, encoder: str, whole: Callable[..., keras.Model]
    ) -> tuple[Callable[..., keras.Model], dict[str, object]]:
        arguments: dict[str, object] = {"dropout": self.dropout}
        if self.numeric_scaling_ is not None:
            arguments["n_numeric"] = len(self.numeric_scaling_.names)
        if kind == "head":  # on vectors, which is the same and computes them once
            return build_vector_head, arguments
        arguments = {"encoder": encoder, "pooling": self.pooling, **arguments}
        return whole, {**arguments, "trainable": self.trainable}

    def _precision(self, kind: str, encoder: str) -> str:
        """Choose at once what the wrapper would choose after a first build."""
        if kind == "head" or self.precision != "auto":
            return self.precision
        from keraswrap import _engine

        return _engine.auto_precision(read_checkpoint(encoder).matrix_weights)

    def _learn(self, recipe: Recipe) -> None:
        self.history_ = self.estimator_.history_
        self.precision_ = self.estimator_.precision_
        self.jit_compile_ = self.estimator_.jit_compile_
        self.padding_share_ = self.estimator_.padding_share_
        self.seed_ = self.estimator_.seed_
        self.recipe_ = recipe

    def _features(self, X: object) -> tuple[np.ndarray | dict[str, np.ndarray], np.ndarray]:
        """Return the rows of texts, and the text that each row belongs to."""
        check_is_fitted(self)
        overlap = self._overlap()
        texts, columns = self._read(open_rows(X), self.numeric_scaling_ is not None)
        encoded = self.vectorizer_._encode(texts, overlap)
        warn_of_new(self.vectorizer_._codec, encoded, overlap, self)
        return self._rows(encoded, columns), encoded.owner

    def _read(self, X: object, mixed: bool) -> tuple[Texts, dict[str, np.ndarray] | None]:
        """Read the texts and, if rows are mixed, the numbers beside them."""
        if not mixed:
            return read_texts(X, empty=self.empty), None
        texts, columns = split_columns(X)
        return read_texts(texts, empty=self.empty), columns

    def _rows(
        self, encoded: Encoded, columns: dict[str, np.ndarray] | None
    ) -> np.ndarray | dict[str, np.ndarray]:
        """Return what the net reads: an array, or a dict where numbers stand beside texts."""
        if columns is None or self.numeric_scaling_ is None:
            return self.vectorizer_._rows(encoded)
        numbers = self.numeric_scaling_.apply(columns)[encoded.owner]
        name = "vectors" if isinstance(self.vectorizer_, TextEmbedder) else "ids"
        return {name: self.vectorizer_._rows(encoded), "numbers": numbers}

    def _learn_target(self, y: object) -> tuple[Target, np.ndarray]:
        """Choose what kind of target y is, of those that texts have, and check y."""
        raise NotImplementedError

    def _scale_target(self, y: np.ndarray, used: np.ndarray) -> np.ndarray:
        """Return what the wrapper is fitted on; `used` marks the texts to train on."""
        return y

    def _wrap(self, kind: str, encoder: str, recipe: Recipe, target: Target) -> KerasEstimator:
        raise NotImplementedError

    @property
    def runtime_(self) -> str:
        """What computes predictions now, and in which precision."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no runtime_ before fit.")
        embeds = isinstance(self.vectorizer_, TextEmbedder)
        return self.vectorizer_.runtime_ if embeds else self.estimator_.runtime_

    @property
    def callbacks_(self) -> list[keras.callbacks.Callback]:
        """The callbacks that the last fit ran, in their final state."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no callbacks_ before fit.")
        return self.estimator_.callbacks_

    def _score(self, X: object, y: object, sample_weight: ArrayLike | None) -> float:
        check_is_fitted(self)
        X, y, sample_weight = unpack(X, y, sample_weight)
        return self._score_of(self.predict(X), y, sample_weight)

    def _score_of(self, predicted: Any, y: object, sample_weight: ArrayLike | None) -> float:
        return self.estimator_._score_of(predicted, y, sample_weight)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fitted estimator to one file, which contains no code.

        The file contains the net and its tokenizer, and predicts without the
        checkpoint. With ``trainable="head"`` it contains only the head and needs the
        checkpoint.

        Parameters
        ----------
        path : str or path-like
            An older file there stays until the new one is complete.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        OSError
            If the file cannot be written.
        """
        from keraswrap.text import _model_files

        check_is_fitted(self)
        _model_files.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], **params: object) -> Self:
        """Load a saved estimator without running code from the file.

        Parameters
        ----------
        path : str or path-like
        **params
            Constructor parameters that replace the saved ones, such as ``encoder`` if
            the checkpoint has moved.

        Returns
        -------
        estimator
            Its predictions equal the saved estimator's, bit for bit.

        Raises
        ------
        SavedFileError
            If the file is corrupt, holds another class, or belongs to another encoder.
        """
        from keraswrap.text import _model_files

        return _model_files.load(cls, path, params)

    def __sklearn_is_fitted__(self) -> bool:
        return "estimator_" in self.__dict__

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.target_tags.required = True
        tags.non_deterministic = self.random_state is None
        return tags
