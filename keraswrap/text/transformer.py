"""Texts in, labels or numbers out: a checkpoint as one scikit-learn estimator.

A thin class over parts that can be had by themselves: a TextTokenizer or a
TextEmbedder, a build function, and the wrapper around it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap._data import LONE, Rows, open_rows, unpack
from keraswrap._labels import check_indicator, check_labels, is_indicator
from keraswrap._validation import check_target, require_target, unchanged_on_error
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text.building import (
    build_text_classifier,
    build_text_regressor,
    build_vector_head,
    parse_trainable,
)
from keraswrap.text.checkpoint import read_checkpoint
from keraswrap.text.embedder import TextEmbedder
from keraswrap.text.encoders import resolve_encoder
from keraswrap.text.heads import load_head
from keraswrap.text.recipe import Recipe, check_settings, choose_recipe
from keraswrap.text.tokenizer import TextTokenizer
from keraswrap.text.tokens import check_texts
from keraswrap.wrappers import KerasWrapperModel, KerasWrapperRegressor

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["TransformerClassifier", "TransformerRegressor"]


class _Transformer(BaseEstimator):
    """What the two have in common; not for direct use."""

    encoder: Any
    pooling: str
    dropout: float
    trainable: str
    head: str
    max_length: int
    epochs: int | None
    batch_size: int
    learning_rate: float | None
    warmup: float
    weight_decay: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    cache: Any
    empty: str
    verbose: Any
    random_state: Any
    vectorizer_: Any
    estimator_: Any
    # The class of `estimator_`.
    _wrapper: Any

    def _fit(self, X: Any, y: Any, sample_weight: Any, *, train: bool = True) -> Self:
        X, y, sample_weight = unpack(X, y, sample_weight)
        with unchanged_on_error(self):
            kind, _ = parse_trainable(self.trainable)
            texts = check_texts(X, empty=self.empty)
            y = self._check_target(y, len(texts))
            check_settings(self)
            encoder = resolve_encoder(self.encoder)
            recipe = choose_recipe(self, kind, len(texts), read_checkpoint(encoder).hidden_size)
            kind = self._route(kind, encoder)
            self.vectorizer_ = self._vectorizer(kind, encoder)
            estimator = self._wrap(kind, encoder, recipe)
            # Vectors may take minutes: what fit would refuse, it refuses before them.
            estimator._check_arguments({})
            rows = self.vectorizer_.fit_transform(texts)
            fit = (rows, y, sample_weight) if train else (rows, y)
            self.estimator_ = (estimator.fit if train else estimator.initialize)(*fit)
            self._learn(recipe)
        return self

    def _route(self, kind: str, encoder: str) -> str:
        """Say whether a head is trained by itself, on vectors."""
        return kind

    def _vectorizer(self, kind: str, encoder: str) -> TextTokenizer | TextEmbedder:
        if kind != "head":
            return TextTokenizer(encoder, self.max_length, empty=self.empty)
        return TextEmbedder(
            encoder,
            self.pooling,
            normalize=False,
            max_length=self.max_length,
            cache=self.cache,
            empty=self.empty,
        )

    def _model(self, kind: str, encoder: str, whole: Any) -> tuple[Any, dict[str, Any]]:
        if kind == "head":  # on vectors, which is the same and computes them once
            return build_vector_head, {"dropout": self.dropout}
        arguments = {"encoder": encoder, "pooling": self.pooling, "dropout": self.dropout}
        return whole, {**arguments, "trainable": self.trainable}

    def _learn(self, recipe: Recipe) -> None:
        self.history_ = self.estimator_.history_
        self.padding_share_ = self.estimator_.padding_share_
        self.seed_ = self.estimator_.seed_
        self.recipe_ = recipe

    def _features(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.vectorizer_.transform(check_texts(open_rows(X), empty=self.empty))

    def _check_target(self, y: Any, n: int) -> Any:
        raise NotImplementedError

    def _wrap(self, kind: str, encoder: str, recipe: Recipe) -> Any:
        raise NotImplementedError

    def save(self, path: Any) -> None:
        """Save the fitted estimator to one file, from which no code is run.

        It holds the net with its tokenizer, and predicts without the checkpoint.
        With ``trainable="head"`` it holds the head, and needs it.

        Parameters
        ----------
        path : str or path-like
            An older file there stays until the new one is whole.

        Raises
        ------
        NotFittedError
            If there is nothing fitted to save.
        OSError
            If the file cannot be written.
        """
        from keraswrap.text import files

        check_is_fitted(self)
        files.save(self, path)

    @classmethod
    def load(cls, path: Any, **params: Any) -> Self:
        """Load a saved estimator; no code from the file is run.

        Parameters
        ----------
        path : str or path-like
        **params
            Constructor parameters that replace the saved ones: ``encoder``,
            where a checkpoint lies elsewhere now.

        Returns
        -------
        estimator
            Predicts to the bit what the saved one did.

        Raises
        ------
        SavedFileError
            If the file is corrupt, of another class, or of another encoder.
        """
        from keraswrap.text import files

        return files.load(cls, path, params)

    def __sklearn_is_fitted__(self) -> bool:
        return "estimator_" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.target_tags.required = True
        tags.non_deterministic = self.random_state is None
        return tags


class TransformerClassifier(ClassifierMixin, _Transformer):
    """Classify texts with a transformer that is fine-tuned on them.

    Parameters
    ----------
    encoder : str, path or None, default=None
        A checkpoint, as for :func:`~keraswrap.text.resolve_encoder`: None for
        all-MiniLM-L6-v2, a Hugging Face directory, ``"hf://owner/name"``, or a
        keras-hub preset.
    pooling : {"mean", "cls", "pooler"}, default="mean"
        What stands for a text; see :func:`~keraswrap.text.build_text_encoder`.
    dropout : float in [0, 1), default=0.1
        Share of the pooled values dropped while training; BERT's [1]_.
    trainable : str, default="all"
        ``"all"``; ``"last:k"``, the last k layers; ``"lora:r"``, additions of
        rank r; or ``"head"``, nothing of the encoder: texts are embedded once,
        kept on disk, and only the layer above is trained, with the same result.
    head : {"auto", "new", "checkpoint"}, default="auto"
        Whether to begin with the head that a checkpoint brings; see
        :func:`~keraswrap.text.build_text_classifier`.
    max_length : int, at least 3, default=128
        Tokens of a text that are read. A short text costs no more for it.
    epochs : int, optional
        Passes over the texts. By default what `trainable` does well with; see
        Notes.
    batch_size : int, default=16
        Texts in a step; one of BERT's two [1]_.
    learning_rate : float, optional
        The highest that is reached. By default by `trainable`; see Notes.
    warmup : float in [0, 1), default=0.1
        Share of the steps in which the learning rate rises from 0 [2]_. It then
        falls to 0 along a cosine [3]_.
    weight_decay : float, default=0.01
        AdamW's; BERT's [1]_.
    early_stopping : bool, default=False
        Whether some texts are held out, in the classes' shares, training ends
        when their loss no longer falls, and the best weights are kept.
    validation_fraction : float in (0, 1), default=0.1
        Share that is held out; scikit-learn's default, as the next.
    n_iter_no_change : int, default=2
        Epochs without improvement after which training ends.
    class_weight : "balanced" or dict, optional
        Keyed by the labels in y.
    classes : array-like of shape (k,), optional
        Every class there is, where y may miss some; or the names of the columns
        of y, where a text may have several labels.
    cache : bool, str or path, default=True
        Where vectors are kept if `trainable` is ``"head"``; see
        :class:`~keraswrap.text.TextEmbedder`.
    empty : {"error", "allow"}, default="error"
        What becomes of texts with nothing but white space.
    verbose : int, default=0
        As for ``keras.Model.fit``.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible to the bit.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
    n_classes_ : int
    vectorizer_ : TextTokenizer or TextEmbedder
        Texts to rows of ids, or to vectors.
    estimator_ : KerasWrapperModel
        What is trained on them.
    history_ : dict of str to list of float
        Loss and metrics, one value an epoch.
    padding_share_ : dict or None
        As for :class:`~keraswrap.KerasWrapperModel`.
    recipe_ : Recipe
        Epochs, steps and learning rate as they were chosen.
    seed_ : int
        As `random_state` it gives the same net again.

    See Also
    --------
    TransformerRegressor : Numbers instead of labels.
    build_text_classifier : The net, for a wrapper and settings of your own.

    Notes
    -----
    Without `epochs` there are 3 of them, which is among BERT's [1]_, or with few
    texts up to 20, to come to 200 steps: training for too short is what fails on
    small data [2]_. With ``trainable="head"`` it is 20, or 1,000 steps. The
    highest learning rate is then 3e-4 for ``"all"``, 1e-3 for ``"last:k"`` and
    3e-3 for ``"lora:r"`` and ``"head"``: the best of those that were compared
    on two sets of texts with MiniLM (benchmarks/text.json). For encoders wider
    than MiniLM's 384 it falls with the square of the width, except for a head
    alone, so that a BERT of 768 comes to 7.5e-5, near its 5e-5 [1]_. Gradients
    are clipped at a norm of 1, as BERT's were.

    References
    ----------
    .. [1] Devlin et al., "BERT: Pre-training of Deep Bidirectional
       Transformers for Language Understanding", NAACL 2019, section A.2, A.3.
    .. [2] Mosbach et al., "On the Stability of Fine-tuning BERT", ICLR 2021.
    .. [3] Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.

    Examples
    --------
    >>> from keraswrap.text import TransformerClassifier
    >>> clf = TransformerClassifier(trainable="head", random_state=0)
    >>> clf.get_params()["max_length"]
    128
    """

    _wrapper = KerasWrapperModel

    def __init__(
        self,
        encoder: str | os.PathLike[str] | None = None,
        *,
        pooling: str = "mean",
        dropout: float = 0.1,
        trainable: str = "all",
        head: str = "auto",
        max_length: int = 128,
        epochs: int | None = None,
        batch_size: int = 16,
        learning_rate: float | None = None,
        warmup: float = 0.1,
        weight_decay: float = 0.01,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 2,
        class_weight: Any = None,
        classes: Any = None,
        cache: bool | str | os.PathLike[str] | None = True,
        empty: str = "error",
        verbose: Any = 0,
        random_state: Any = None,
    ) -> None:
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = dropout
        self.trainable = trainable
        self.head = head
        self.max_length = max_length
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.warmup = warmup
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.classes = classes
        self.cache = cache
        self.empty = empty
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fine-tune the checkpoint on texts and their labels.

        Parameters
        ----------
        X : list, array, Series, column or dataset of str
            One text a row; see :func:`~keraswrap.text.check_texts`. A dataset
            that has labels needs no y.
        y : array-like of shape (n,), or of shape (n, k)
            Labels; or zeros and ones, where a text may have several labels.
        sample_weight : array-like of shape (n,), optional
            Weights ≥ 0.

        Returns
        -------
        self

        Raises
        ------
        InputError, InputTypeError, ParameterError, DownloadError
            Before any training; what was fitted earlier is kept.
        """
        return self._fit(X, y, sample_weight)

    @classmethod
    def from_checkpoint(
        cls, encoder: str | os.PathLike[str], **params: Any
    ) -> TransformerClassifier:
        """Make a classifier of a checkpoint that was fine-tuned already.

        It predicts as it is, with the checkpoint's own labels.

        Parameters
        ----------
        encoder : str or path
            A checkpoint with a classification head.
        **params
            Other parameters of the constructor, for fits to come.

        Returns
        -------
        TransformerClassifier
            Fitted; ``classes_`` are the labels.

        Raises
        ------
        ParameterError
            If the checkpoint has no head for classes.
        """
        clf = cls(encoder, **{**params, "head": "checkpoint"})
        head = load_head(resolve_encoder(encoder))
        if head is None or head.problem_type == "regression":
            raise ParameterError(
                f"Expected a checkpoint with a classification head, got {os.fspath(encoder)!r}, "
                f"which has {'none' if head is None else 'one for regression'}. Fit one on texts "
                "and labels."
            )
        labels = np.array(head.labels)
        if head.problem_type == "multi_label_classification":
            clf.classes = labels
            return clf._fit(head.labels, np.eye(len(labels), dtype=int), None, train=False)
        return clf._fit(head.labels, labels, None, train=False)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the probability of each class.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n, k), float64
            Columns as in ``classes_``; rows sum to 1, unless a text may have
            several labels.
        """
        return self.estimator_.predict_proba(self._features(X))

    def predict(self, X: Any) -> np.ndarray:
        """Predict the most probable class, or every label that is more likely than not.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,), or of shape (n, k)
            Labels as they stood in y.
        """
        return self.estimator_.predict(self._features(X))

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Give the mean accuracy.

        Parameters
        ----------
        X : iterable of str, or a dataset with labels
        y : array-like of shape (n,) or (n, k), optional
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        X, y, sample_weight = unpack(X, y, sample_weight)
        return self.estimator_.score(self._features(X), y, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _route(self, kind: str, encoder: str) -> str:
        # A head that comes with the checkpoint is not one for bare vectors.
        brings = self.head != "new" and read_checkpoint(encoder).labels is not None
        return "whole" if kind == "head" and brings else kind

    def _model(self, kind: str, encoder: str, whole: Any) -> tuple[Any, dict[str, Any]]:
        model, arguments = super()._model(kind, encoder, whole)
        return model, arguments if kind == "head" else {**arguments, "head": self.head}

    def _check_target(self, y: Any, n: int) -> Any:
        require_target(self, y, Rows({LONE: np.empty((n, 0))}))
        if is_indicator(y):
            return check_indicator(y)
        labels = check_labels(y)
        if self.classes is None and len(np.unique(labels)) < 2:
            raise InputError(
                f"Expected at least 2 classes in y, got {np.unique(labels).tolist()!r:.60} alone. "
                "If a fold misses the others, name them all with classes=[...]."
            )
        return labels

    def _wrap(self, kind: str, encoder: str, recipe: Recipe) -> KerasWrapperModel:
        model, arguments = self._model(kind, encoder, build_text_classifier)
        params = {**recipe.params, "class_weight": self.class_weight}
        return KerasWrapperModel(
            model,
            arguments,
            recipe.compile_kwargs,
            params,
            classes=self.classes,
            random_state=self.random_state,
        )

    def _learn(self, recipe: Recipe) -> None:
        super()._learn(recipe)
        self.classes_ = self.estimator_.classes_
        self.n_classes_ = self.estimator_.n_classes_


class TransformerRegressor(RegressorMixin, _Transformer):
    """Predict numbers from texts with a transformer that is fine-tuned on them.

    Targets are brought to mean 0 and deviation 1 for training, since a learning
    rate knows no units; predictions are brought back.

    Parameters
    ----------
    encoder, pooling, dropout, trainable, max_length, epochs, batch_size, learning_rate
        As for :class:`TransformerClassifier`.
    warmup, weight_decay, early_stopping, validation_fraction, n_iter_no_change
        As for :class:`TransformerClassifier`.
    cache, empty, verbose, random_state
        As for :class:`TransformerClassifier`.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_outputs,)
        Of the training targets.
    vectorizer_, estimator_, history_, padding_share_, recipe_, seed_
        As for :class:`TransformerClassifier`.

    Examples
    --------
    >>> from keraswrap.text import TransformerRegressor
    >>> TransformerRegressor(trainable="last:2", random_state=0).trainable
    'last:2'
    """

    _wrapper = KerasWrapperRegressor

    def __init__(
        self,
        encoder: str | os.PathLike[str] | None = None,
        *,
        pooling: str = "mean",
        dropout: float = 0.1,
        trainable: str = "all",
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
        verbose: Any = 0,
        random_state: Any = None,
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
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fine-tune the checkpoint on texts and their numbers.

        Parameters
        ----------
        X : iterable of str
            As for :meth:`TransformerClassifier.fit`.
        y : array-like of shape (n,) or (n, n_outputs)
            Finite numbers.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        self

        Raises
        ------
        InputError, InputTypeError, ParameterError, DownloadError
            Before any training; what was fitted earlier is kept.
        """
        return self._fit(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """Predict.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs), float64
        """
        scaled = self.estimator_.predict(self._features(X))
        return (
            scaled * self.scale_ + self.mean_
            if scaled.ndim == 2
            else (scaled * self.scale_[0] + self.mean_[0])
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _check_target(self, y: Any, n: int) -> Any:
        require_target(self, y, Rows({LONE: np.empty((n, 0))}))
        target = check_target(y)
        columns = target.reshape(n, -1)
        self.mean_ = columns.mean(axis=0)
        deviation = columns.std(axis=0)
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        return ((columns - self.mean_) / self.scale_).reshape(target.shape)

    def _wrap(self, kind: str, encoder: str, recipe: Recipe) -> KerasWrapperRegressor:
        model, arguments = self._model(kind, encoder, build_text_regressor)
        return KerasWrapperRegressor(
            model,
            arguments,
            recipe.compile_kwargs,
            recipe.params,
            random_state=self.random_state,
        )
