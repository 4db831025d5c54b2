"""The estimators that a job file can name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator

from keraswrap._settings import near
from keraswrap.exceptions import ParameterError
from keraswrap.retraining.job._sections import Abstain, Model

if TYPE_CHECKING:
    import keras

__all__ = ["issue_finder", "make_estimator", "search_name", "with_abstention"]

# Names in a job file, and those of KerasWrapperModel.
_FIT = {"epochs": "epochs", "batch_size": "batch_size"}
_FIT |= {"learning_rate": "compile__optimizer__learning_rate"}
_OWN = {
    "words": {"max_tokens": "model__max_tokens", "ngrams": "model__ngrams"},
    "dense": {"units": "model__units", "dropout": "model__dropout"},
}
_DEFAULTS = {
    "words": {"epochs": 10, "batch_size": 32, "learning_rate": 0.02},
    "dense": {"epochs": 30, "batch_size": 32, "learning_rate": 0.003},
}


def build_words(meta: Mapping[str, int], max_tokens: int = 20_000, ngrams: int = 2) -> keras.Model:
    """Return a linear net on tf-idf weights of words and runs of words."""
    import keras
    from keras import layers

    inputs = keras.Input((), dtype="string")
    words = layers.TextVectorization(max_tokens, ngrams=ngrams, output_mode="tf_idf")(inputs)
    outputs = layers.Dense(meta["n_classes_"], activation="softmax")
    return keras.Model(inputs, outputs(layers.UnitNormalization()(words)))


def build_dense(meta: Mapping[str, int], units: int = 32, dropout: float = 0.0) -> keras.Model:
    """Return a net with one hidden layer on standardized numbers."""
    import keras
    from keras import layers

    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dense(units, activation="relu")(layers.Normalization()(inputs))
    outputs = layers.Dense(meta["n_classes_"], activation="softmax")
    return keras.Model(inputs, outputs(layers.Dropout(dropout)(hidden)))


def make_estimator(
    model: Model, seed: int, folder: Path, params: Mapping[str, object] | None = None
) -> BaseEstimator:
    """Return an unfitted estimator.

    Parameters
    ----------
    model : Model
    seed : int
    folder : Path
        Of the job file, from which a checkpoint's path counts.
    params : dict, optional
        What a search chose, by names as in the job file.

    Raises
    ------
    ParameterError
        If a parameter is unknown.
    """
    given = {**model.params, **(params or {})}
    if model.kind == "transformer":
        from keraswrap.text import TransformerClassifier

        estimator: BaseEstimator = TransformerClassifier(random_state=seed)
        encoder = given.get("encoder")
        if isinstance(encoder, str) and (folder / encoder).exists():
            given["encoder"] = str(folder / encoder)
    else:
        from keraswrap.wrappers import KerasWrapperModel

        build = {"words": build_words, "dense": build_dense}[model.kind]
        settings = {"optimizer": "adam"}
        estimator = KerasWrapperModel(build, compile_kwargs=settings, random_state=seed)
        given = {**_DEFAULTS[model.kind], **given}
    named = {search_name(model, name): value for name, value in given.items()}
    return estimator.set_params(**named)


def search_name(model: Model, name: str) -> str:
    """Return the estimator's name of a parameter of the job file.

    Raises
    ------
    ParameterError
        If it is unknown.

    Examples
    --------
    >>> search_name(Model("words"), "ngrams")
    'model__ngrams'
    """
    known = known_names(model)
    if name not in known:
        raise ParameterError(
            f"Expected parameters of {model.kind!r} in [model] and [search.grid], got {name!r}. "
            f"{near(name, known)}"
        )
    return known[name]


def known_names(model: Model) -> dict[str, str]:
    """Return the parameters that a job file may set, and the estimator's names of them."""
    if model.kind != "transformer":
        return _FIT | _OWN[model.kind]
    from keraswrap.text import TransformerClassifier

    names = set(TransformerClassifier().get_params(deep=False))
    return {name: name for name in names - {"random_state", "verbose", "numeric_features"}}


def with_abstention(estimator: BaseEstimator, abstain: Abstain) -> BaseEstimator:
    """Return an estimator that abstains, if it is to."""
    if abstain.target_error is None:
        return estimator
    from keraswrap.selective import SelectiveClassifier

    share, confidence = abstain.target_error, abstain.confidence
    return SelectiveClassifier(estimator, target_error=share, confidence=confidence)


def issue_finder(texts: bool, seed: int) -> BaseEstimator:
    """Return a quick classifier for finding label issues."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    head = LogisticRegression(C=10, max_iter=1000, random_state=seed)
    return make_pipeline(words if texts else StandardScaler(), head)
