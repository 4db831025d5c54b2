"""Texts in, labels out: a checkpoint as one scikit-learn classifier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin

from keraswrap._data import unpack
from keraswrap._targets import choose_classes
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text.base import Transformer
from keraswrap.text.building import build_text_classifier
from keraswrap.text.checkpoint import read_checkpoint
from keraswrap.text.encoders import resolve_encoder
from keraswrap.text.heads import load_head
from keraswrap.text.recipe import Recipe
from keraswrap.text.regressor import TransformerRegressor
from keraswrap.text.windows import is_whole, mean_by_owner
from keraswrap.wrappers import KerasWrapperModel

if TYPE_CHECKING:
    from typing import Self

# The second by this name too, under which earlier versions pickled it.
__all__ = ["TransformerClassifier", "TransformerRegressor"]


class TransformerClassifier(ClassifierMixin, Transformer):
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
    trainable : str, default="lora:8"
        ``"lora:r"``, additions of rank r [4]_; ``"all"``; ``"last:k"``, the last
        k layers; or ``"head"``, nothing of the encoder: texts are embedded
        once, kept on disk, and only the layer above is trained, with the same
        result. The default was as accurate as ``"all"`` on each of three sets
        of texts, in two thirds of the time (benchmarks/text.json).
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
        when their loss no longer falls, and the best weights are kept. Off by
        default, as the learning rate falls to 0 within the epochs anyway, and a
        tenth of few texts is much.
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
    precision : str, default="auto"
        What the net computes in: ``"float32"``, ``"mixed_bfloat16"``, or another
        dtype policy of Keras. ``"auto"`` is ``"mixed_bfloat16"`` where this device
        has it and was measured to be at least 1.2 times as quick in it; see
        :class:`~keraswrap.KerasWrapperModel`. Vectors of a frozen encoder
        are computed in float32 always.
    jit_compile : bool, optional
        Whether XLA compiles the net. By default not on a CPU, unless it was
        measured to be at least 1.5 times as quick.
    verbose : int, default=0
        As for ``keras.Model.fit``.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible to the bit.
    long_texts : {"truncate", "windows"}, default="truncate"
        What becomes of texts with more than `max_length` tokens: they are cut,
        or read whole in windows of that length. Each window is trained on with
        its text's label and an equal share of its weight, so that a text counts
        once; the mean of the windows' probabilities is the text's. Not for
        pairs.
    overlap : int, optional
        Tokens that a window shares with the one before; by default a quarter of
        `max_length`.

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
    precision_, jit_compile_ : str, bool
        What the net computes in, and whether XLA compiles it.
    recipe_ : Recipe
        Epochs, steps and learning rate as they were chosen.
    report_, n_truncated_, truncated_share_, unknown_share_
        How long the texts are, how many are cut, and how much of them the
        vocabulary knows; see :class:`~keraswrap.text.TextTokenizer`.
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
    .. [4] Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR
       2022.

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
        class_weight: Any = None,
        classes: Any = None,
        cache: bool | str | os.PathLike[str] | None = True,
        empty: str = "error",
        precision: str = "auto",
        jit_compile: bool | None = None,
        verbose: Any = 0,
        random_state: Any = None,
        long_texts: str = "truncate",
        overlap: int | None = None,
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
        )
        self.head = head
        self.class_weight = class_weight
        self.classes = classes

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fine-tune the checkpoint on texts and their labels.

        Parameters
        ----------
        X : list, array, Series, column or dataset of str
            One text a row; see :func:`~keraswrap.text.check_texts`. Or pairs of
            texts, as a table with two columns, an array of shape (n, 2) or a
            list of pairs, which the net reads as one row with a separator
            between; the longer of the two is cut first. A dataset that has
            labels needs no y.
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
        rows, owner = self._features(X)
        return mean_by_owner(self.estimator_.predict_proba(rows), owner)

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
        rows, owner = self._features(X)
        proba = mean_by_owner(self.estimator_.predict_proba(rows), owner)
        return self.estimator_._target.to_labels(proba)

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
        rows, owner = self._features(X)
        if is_whole(owner):
            return self.estimator_.score(rows, y, sample_weight)
        return super().score(X, y, sample_weight)

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

    def _check_target(self, y: object) -> np.ndarray:
        target = choose_classes(y, self.classes)
        labels = target.learn(y)
        if not target.several and len(target.classes) < 2:
            raise InputError(
                f"Expected at least 2 classes in y, got {target.classes.tolist()!r:.60} alone. "
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
