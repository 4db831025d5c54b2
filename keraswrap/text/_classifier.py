"""Texts in, labels out: a checkpoint as one scikit-learn classifier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.base import ClassifierMixin

from keraswrap._targets import ClassTarget, choose_classes
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._balanced_batches import BalancedBatches
from keraswrap.text._base import Transformer
from keraswrap.text._build_functions import build_text_classifier, parse_trainable
from keraswrap.text._checkpoint import read_checkpoint
from keraswrap.text._contrastive import (
    RECIPES,
    check_contrastive,
    fit_contrastive,
    indicators,
    suits_contrastive,
)
from keraswrap.text._contrastive_nets import build_unit_vector_classifier
from keraswrap.text._encoders import resolve_encoder
from keraswrap.text._pretrained_heads import load_head
from keraswrap.text._regressor import TransformerRegressor
from keraswrap.text._schedule import Recipe, choose_recipe
from keraswrap.text._windows import mean_by_owner
from keraswrap.wrappers import KerasWrapperModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    import keras
    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

    from keraswrap._estimator import Call, KerasEstimator
    from keraswrap._targets import Target

# The second by this name too, under which earlier versions pickled it.
__all__ = ["TransformerClassifier", "TransformerRegressor"]


class TransformerClassifier(ClassifierMixin, Transformer):
    """Classify texts with a fine-tuned transformer.

    Parameters
    ----------
    encoder : str, path or None, default=None
        A checkpoint, as for :func:`~keraswrap.text.resolve_encoder`: None for
        all-MiniLM-L6-v2, a Hugging Face directory, ``"hf://owner/name"``, or a
        keras-hub preset. With ``trainable="head"`` also ``"static"`` or ``"static:"`` before
        one of these: means of vectors of single tokens, computed without the net, as
        :class:`TextEmbedder` describes.
    pooling : {"mean", "cls", "pooler"}, default="mean"
        How the tokens of a text are pooled; see
        :func:`~keraswrap.text.build_text_encoder`.
    dropout : float in [0, 1), default=0.1
        Dropout rate of the pooled vector; BERT's [1]_.
    trainable : str, default="lora:8"
        What is trained: ``"lora:r"``, additions of rank r [4]_; ``"all"``;
        ``"last:k"``, the last k layers; or ``"head"``, only the layer above the
        encoder, on vectors that are computed once and cached on disk, with the same
        result. The default was as accurate as ``"all"`` on each of three sets of texts,
        in two thirds of the time (benchmarks/text.json).
    head : {"auto", "new", "checkpoint"}, default="auto"
        Whether to start from the checkpoint's own head; see
        :func:`~keraswrap.text.build_text_classifier`.
    max_length : int, at least 3, default=128
        Maximum number of tokens per text. Short texts do not cost more.
    epochs : int, optional
        Passes over the texts. The default depends on `trainable`; see Notes.
    batch_size : int, default=16
        Texts per step; one of BERT's two values [1]_.
    learning_rate : float, optional
        Peak learning rate. The default depends on `trainable`; see Notes.
    warmup : float in [0, 1), default=0.1
        Share of the steps in which the learning rate rises from 0 [2]_. It then decays
        to 0 along a cosine [3]_.
    weight_decay : float, default=0.01
        AdamW's; BERT's [1]_.
    early_stopping : bool, default=False
        Whether to hold out a stratified part of the texts, stop training when its loss
        no longer falls, and keep the best weights. Off by default, because the learning
        rate decays to 0 within the epochs anyway, and a tenth of a small data set is a
        lot.
    validation_fraction : float in (0, 1), default=0.1
        Held-out share; scikit-learn's default, as for `n_iter_no_change`.
    n_iter_no_change : int, default=2
        Epochs without improvement after which training ends.
    class_weight : "balanced" or dict, optional
        Keyed by the labels in y.
    classes : array-like of shape (k,), optional
        All classes, in case y lacks some; or the names of the columns of y, if texts
        may have several labels.
    cache : bool, str or path, default=True
        Where vectors are cached if `trainable` is ``"head"``; see
        :class:`~keraswrap.text.TextEmbedder`.
    empty : {"error", "allow"}, default="error"
        What to do with texts that contain only white space.
    precision : str, default="auto"
        Keras dtype policy of the net, such as ``"float32"`` or ``"mixed_bfloat16"``.
        ``"auto"`` is ``"mixed_bfloat16"`` if the device supports it and a measurement
        found it at least 1.2 times as fast; see :class:`~keraswrap.KerasWrapperModel`.
        Vectors of a frozen encoder are always computed in float32.
    jit_compile : bool, optional
        Whether XLA compiles the net. By default not on a CPU, unless a measurement
        found it at least 1.5 times as fast.
    verbose : int, default=0
        As for ``keras.Model.fit``.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible bit for bit.
    long_texts : {"truncate", "windows"}, default="truncate"
        What to do with texts of more than `max_length` tokens: truncate them, or read
        them in full in windows of that length. Each window is trained with its text's
        label and an equal share of its weight, so that a text counts once; the windows'
        probabilities are averaged. Not for pairs.
    overlap : int, optional
        Tokens that a window shares with the previous one; by default a quarter of
        `max_length`.
    numeric_features : bool, default=False
        Whether rows contain numbers beside a text. X is then a table with one column of
        texts, and the net reads its other columns, standardized, together with the
        pooled vector of the text.
    target : {"auto", "ordered"}, default="auto"
        The kind of y. ``"auto"``: one label per text, or zeros and ones in several
        columns. ``"ordered"``: one label per text, of classes with an order, such as 1 to
        5 stars. The order is that of numbers, of a pandas Series of ordered categories,
        or of `classes`, from the lowest to the highest. The net ends in
        :class:`~keraswrap.layers.OrderedLogits` and is trained as by CORAL [5]_; predict
        returns the median class, which is not always the most probable.
    recipe : {"auto", "standard", "contrastive"}, default="auto"
        How the classifier is trained. ``"standard"``: the encoder and a head together, on
        each text's label. ``"contrastive"``, for few texts per class: first the encoder
        alone, so that the vectors of texts with the same label are similar and those of
        others are not, then a head on these vectors; see Notes. ``"auto"``:
        ``"contrastive"`` for at most 32 texts per class, on average, up to which it was
        no less accurate, and its probabilities were better (benchmarks/few_shot.json),
        unless `trainable` is ``"head"``, the checkpoint brings a head of its own, texts
        come in pairs, or `early_stopping`, `numeric_features`, ``target="ordered"`` or
        ``long_texts="windows"`` rules it out.
    runtime : {"auto", "keras", "openvino"}, default="auto"
        What computes predictions, and with ``trainable="head"`` the vectors. ``"openvino"``,
        of the extra ``openvino``, converts the fitted net when it is first asked, in about
        3 seconds for MiniLM, and then answers sooner, above all few texts at a time; in
        bfloat16 if the net was trained in it and the processor can, else in float32.
        ``"auto"`` is Keras, or what the environment variable ``KERASWRAP_RUNTIME`` names.
        ``load(path, runtime=...)`` chooses for a saved classifier.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
    n_classes_ : int
    vectorizer_ : TextTokenizer or TextEmbedder
        Turns texts into rows of ids, or into vectors.
    estimator_ : KerasWrapperModel
        The estimator trained on them.
    numeric_scaling_ : Scaling or None
        Names, mean and scale of the columns of numbers.
    history_ : dict of str to list of float
        Loss and metrics, one value per epoch. With ``recipe="contrastive"``, the loss of
        the pairs, and in ``"head_loss"`` one value: the log loss of the head on the texts.
    padding_share_ : dict or None
        As for :class:`~keraswrap.KerasWrapperModel`.
    runtime_ : str
        What computes predictions now, and in which precision: ``"keras float32"``.
    precision_, jit_compile_ : str, bool
        Dtype policy of the net, and whether XLA compiles it.
    callbacks_ : list of keras.callbacks.Callback
        The callbacks of the last fit, such as the EarlyStopping of `early_stopping` with
        its ``best_epoch``. Not stored in pickles and files.
    recipe_ : Recipe
        The chosen epochs, steps and learning rate, and the name of the recipe.
    report_, n_truncated_, truncated_share_, unknown_share_
        How long the texts are, how many are truncated, and how much of them the
        vocabulary covers; see :class:`~keraswrap.text.TextTokenizer`.
    seed_ : int
        Passed as `random_state`, it reproduces the net.

    See Also
    --------
    TransformerRegressor : For regression.
    build_text_classifier : The net, for your own wrapper and settings.

    Notes
    -----
    By default there are 3 epochs, which is one of BERT's values [1]_, or up to 20 for
    few texts, to reach 200 steps: training too briefly is what fails on small data
    [2]_. With ``trainable="head"`` there are 20 epochs, or as many as reach 1,000
    steps. The default peak learning rate is 3e-4 for ``"all"``, 1e-3 for ``"last:k"``
    and 3e-3 for ``"lora:r"`` and ``"head"``: the best of those compared on two sets of
    texts with MiniLM (benchmarks/text.json). For encoders wider than MiniLM's 384 it
    falls with the square of the width, except for a head alone: 7.5e-5 for a BERT of
    width 768, close to BERT's 5e-5 [1]_. Gradients are clipped at a norm of 1, as
    BERT's were.

    With ``recipe="contrastive"``, each batch holds as many classes as fit, with equally
    many texts, and all its pairs are compared: the loss is the supervised contrastive
    one [6]_ at a temperature of 0.1. Texts with several labels are alike to the degree
    that they share them. Then a logistic regression is fitted on the vectors, scaled to
    length 1. Weights of texts count in both stages, weights of classes in the second,
    since batches are balanced anyway. The settings of training are those of the first
    stage; by default it takes 3 epochs, or up to 20 for few texts, to reach 80 steps. A
    head of the checkpoint is not used.

    References
    ----------
    .. [1] Devlin et al., "BERT: Pre-training of Deep Bidirectional
       Transformers for Language Understanding", NAACL 2019, section A.2, A.3.
    .. [2] Mosbach et al., "On the Stability of Fine-tuning BERT", ICLR 2021.
    .. [3] Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.
    .. [4] Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR
       2022.
    .. [5] Cao et al., "Rank Consistent Ordinal Regression for Neural Networks with
       Application to Age Estimation", Pattern Recognition Letters, 2020.
    .. [6] Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020.

    Examples
    --------
    >>> from keraswrap.text import TransformerClassifier
    >>> clf = TransformerClassifier(trainable="head", random_state=0)
    >>> clf.get_params()["max_length"]
    128
    """

    estimator_: KerasWrapperModel
    _wrapper = KerasWrapperModel
    # Estimators of earlier versions were pickled without it.
    recipe: str = "standard"

    def __init__(
        self,
        encoder: str | os.PathLike[str] | None = None,
        *,
        pooling: str = "mean",
        dropout: float = 0.1,
        trainable: str = "lora:8",
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
        class_weight: Mapping[object, float] | str | None = None,
        classes: Sequence[object] | np.ndarray | None = None,
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
        recipe: str = "auto",
        runtime: str = "auto",
    ) -> None:
        super().__init__(
            encoder,
            pooling=pooling,
            dropout=dropout,
            trainable=trainable,
            max_length=max_length,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            warmup=warmup,
            weight_decay=weight_decay,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            cache=cache,
            empty=empty,
            precision=precision,
            jit_compile=jit_compile,
            verbose=verbose,
            random_state=random_state,
            long_texts=long_texts,
            overlap=overlap,
            numeric_features=numeric_features,
            target=target,
            runtime=runtime,
        )
        self.head = head
        self.class_weight = class_weight
        self.classes = classes
        self.recipe = recipe

    def fit(self, X: object, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Fine-tune the checkpoint on texts and their labels.

        Parameters
        ----------
        X : list, array, Series, column or dataset of str
            One text per row; see :func:`~keraswrap.text.check_texts`. Or pairs of
            texts, as a DataFrame with two columns, an array of shape (n, 2) or a list
            of pairs, which the net reads as one row with a separator in between; the
            longer text is truncated first. A dataset with labels needs no y. With
            ``numeric_features=True``, a DataFrame or a dict with one column of texts and
            columns of finite numbers.
        y : array-like of shape (n,), or of shape (n, k)
            Labels; or zeros and ones, if texts may have several labels.
        sample_weight : array-like of shape (n,), optional
            Weights ≥ 0.

        Returns
        -------
        self

        Raises
        ------
        InputError, InputTypeError, ParameterError, DownloadError
            Before any training; an earlier fit is kept.
        """
        return self._fit(X, y, sample_weight)

    @classmethod
    def from_checkpoint(
        cls, encoder: str | os.PathLike[str], **params: Any
    ) -> TransformerClassifier:
        """Make a classifier from a checkpoint that has already been fine-tuned.

        It can predict at once, with the checkpoint's own labels.

        Parameters
        ----------
        encoder : str or path
            A checkpoint with a classification head.
        **params
            Other constructor parameters, for later fits.

        Returns
        -------
        TransformerClassifier
            Fitted; ``classes_`` are the labels.

        Raises
        ------
        ParameterError
            If the checkpoint has no classification head.
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

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the probability of each class.

        Warns as `fit` does if many of the texts are truncated or unknown, unless the
        call is part of a search or cross-validation.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n, k), float64
            Columns as in ``classes_``. Rows sum to 1, unless texts may have several
            labels.
        """
        rows, owner = self._features(X)
        return mean_by_owner(self.estimator_.predict_proba(rows), owner)

    def predict(self, X: object) -> np.ndarray:
        """Predict the most probable class, or every label that is more likely than not.

        With ``target="ordered"``, predict the median class.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,), or of shape (n, k)
            Labels as in y.
        """
        rows, owner = self._features(X)
        return self._to_labels(mean_by_owner(self.estimator_.predict_proba(rows), owner))

    def _to_labels(self, proba: np.ndarray) -> np.ndarray:
        return self.estimator_._target.to_labels(proba)

    def score(self, X: object, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the mean accuracy.

        For ordered classes see also ``mean_absolute_error`` and quadratic
        ``cohen_kappa_score`` of scikit-learn, which count how far off a class is.

        Parameters
        ----------
        X : iterable of str, or a dataset with labels
        y : array-like of shape (n,) or (n, k), optional
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        return self._score(X, y, sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _route(self, kind: str, encoder: str) -> str:
        # A head that comes with the checkpoint is not one for bare vectors.
        return "whole" if kind == "head" and self._brings_head(encoder) else kind

    def _brings_head(self, encoder: str) -> bool:
        new = self.head == "new" or self.numeric_features or self.target == "ordered"
        return not new and read_checkpoint(encoder).labels is not None

    def _model(
        self, kind: str, encoder: str, whole: Callable[..., keras.Model]
    ) -> tuple[Callable[..., keras.Model], dict[str, object]]:
        model, arguments = super()._model(kind, encoder, whole)
        return model, arguments if kind == "head" else {**arguments, "head": self.head}

    def _learn_target(self, y: object) -> tuple[ClassTarget, np.ndarray]:
        self._check_head()
        self._check_recipe()
        if self.target not in ("auto", "ordered"):
            raise ParameterError(
                f"Expected target to be 'auto' or 'ordered' for texts, got {self.target!r:.60}."
            )
        target = choose_classes(y, self.classes, self.target)
        labels = target.learn(y)
        if not target.several and len(target.classes) < 2:
            raise InputError(
                f"Expected at least 2 classes in y, got {target.classes.tolist()!r:.60} alone. "
                "If a fold misses the others, name them all with classes=[...]."
            )
        return target, labels

    def _check_head(self) -> None:
        numbers, ordered = self.numeric_features, self.target == "ordered"
        if self.head == "checkpoint" and (numbers or ordered):
            setting = "numeric_features=True" if numbers else "target='ordered'"
            why = "has no place for numbers" if numbers else "scores each class by itself"
            raise ParameterError(
                f"Expected head to be 'auto' or 'new' with {setting}, got 'checkpoint': the "
                f"checkpoint's own head {why}."
            )

    def _check_recipe(self) -> None:
        if self.recipe not in RECIPES:
            raise ParameterError(
                f"Expected recipe to be one of {RECIPES}, got {self.recipe!r:.60}."
            )
        if self.recipe == "contrastive":
            check_contrastive(self, parse_trainable(self.trainable)[0])

    def _choose_recipe(
        self, kind: str, y: np.ndarray, weights: np.ndarray | None, width: int, alone: bool
    ) -> Recipe:
        counted = y if weights is None else y[weights > 0]
        if not self._compares(kind, counted, alone):
            return super()._choose_recipe(kind, y, weights, width, alone)
        size = BalancedBatches.plan(indicators(counted), self.batch_size).size
        return choose_recipe(self, kind, len(counted), width, size)

    def _compares(self, kind: str, y: np.ndarray, alone: bool) -> bool:
        if self.recipe != "auto":
            return self.recipe == "contrastive"
        # What makes a pair right may be how its texts relate, which no two pairs need share. And
        # a head that the checkpoint brings may know more than few texts.
        suits = alone and suits_contrastive(self, kind, y)
        return suits and not self._brings_head(resolve_encoder(self.encoder))

    def _fit_wrapper(
        self,
        estimator: KerasEstimator,
        rows: np.ndarray | dict[str, np.ndarray],
        y: np.ndarray,
        weights: np.ndarray | None,
        call: Call,
        recipe: Recipe,
    ) -> KerasEstimator:
        if recipe.name == "standard":
            return super()._fit_wrapper(estimator, rows, y, weights, call, recipe)
        # It reads no numbers, so that rows are an array; and the seed is drawn already.
        ids, wrapper = cast("np.ndarray", rows), cast("KerasWrapperModel", estimator)
        return fit_contrastive(wrapper, ids, y, weights, recipe, cast("int", call.seed))

    def _wrap(self, kind: str, encoder: str, recipe: Recipe, target: Target) -> KerasWrapperModel:
        if recipe.name == "contrastive":
            model, arguments = super()._model(kind, encoder, build_unit_vector_classifier)
        else:
            model, arguments = self._model(kind, encoder, build_text_classifier)
        params = {**recipe.params, "class_weight": self.class_weight}
        given = cast("ClassTarget", target).given  # also those of a Series of ordered categories
        return KerasWrapperModel(
            model,
            arguments,
            recipe.compile_kwargs,
            params,
            classes=cast("Sequence[object] | None", given),
            target=self.target,
            random_state=self.random_state,
        )

    def _learn(self, recipe: Recipe) -> None:
        super()._learn(recipe)
        self.classes_ = self.estimator_.classes_
        self.n_classes_ = self.estimator_.n_classes_
