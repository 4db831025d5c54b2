"""What the three wrappers share: one way to fit, whatever is fitted.

`parameters` routes names, `files` copies and saves, `net` shows the net, `fit` fits, and the two
mixins say what becomes of outputs. Read `KerasEstimator._fit` first.
"""

from keraswrap._estimator.builds import share_builds
from keraswrap._estimator.classifier import KerasClassifier
from keraswrap._estimator.fit import KerasEstimator, Sample
from keraswrap._estimator.outputs import remember_outputs
from keraswrap._estimator.prepared import Call, Prepared, train_together
from keraswrap._estimator.regressor import KerasRegressor

__all__ = [
    "Call",
    "KerasClassifier",
    "KerasEstimator",
    "KerasRegressor",
    "Prepared",
    "Sample",
    "remember_outputs",
    "share_builds",
    "train_together",
]
