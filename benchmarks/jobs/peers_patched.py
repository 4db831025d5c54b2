"""Patch the peers' wrappers as far as necessary for the job to run at all.

Each patch is listed in ``benchmarks/README.md``. None changes what is computed
or how often.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


def cleanlab_wrapper():
    """Return cleanlab 2.8's KerasWrapperModel in a form that scikit-learn 1.9 can use."""
    from cleanlab.models.keras import KerasWrapperModel as Old

    class KerasWrapperModel(ClassifierMixin, Old):
        # 1: scikit-learn asks every estimator for its tags, which this one does not have.
        __sklearn_tags__ = _tags

        # 2: it returns a TensorFlow tensor, which scikit-learn and cleanlab cannot index.
        def predict_proba(self, X, **kwargs):
            return np.asarray(super().predict_proba(X, **kwargs))

        # 3: scikit-learn requires that fit returns the estimator itself.
        def fit(self, X, y=None, **kwargs):
            super().fit(X, y, **kwargs)
            self.classes_ = np.unique(y)
            return self

        # 4: without this, every fit and prediction prints a progress bar.
        def predict(self, X, **kwargs):
            return super().predict(X, **{"verbose": 0, **kwargs})

    return KerasWrapperModel


def keras_wrapper():
    """Return Keras's SKLearnClassifier with probabilities, and with what a clone loses."""
    from keras.wrappers import SKLearnClassifier

    class Classifier(SKLearnClassifier):
        # 1: it has no probabilities, which cleanlab needs. The net returns logits.
        def predict_proba(self, X):
            scores = self.decision_function(X)
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)

        # 2: a clone drops fit_kwargs, so that no search over epochs has an effect.
        def __sklearn_clone__(self):
            return type(self)(self.model, model_kwargs=self.model_kwargs).set_params(
                fit_kwargs=dict(self.fit_kwargs)
            )

        # 3: that of SKLearnClassifier prints a progress bar.
        def decision_function(self, X):
            return self.model_.predict(X, verbose=0)

        def predict(self, X):
            return self.classes_[self.decision_function(X).argmax(axis=1)]

    return Classifier


def _tags(self):
    class Plain(ClassifierMixin, BaseEstimator):
        pass

    return Plain().__sklearn_tags__()
