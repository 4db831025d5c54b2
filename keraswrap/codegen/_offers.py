"""The estimators that a specification may name, and the values of their parameters.

Nothing else can be built: a name leads to one of these classes, and a value is one of
those listed. ``tests/codegen/test_offers.py`` compares all of them with what the
estimators declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["CLASSES", "ESTIMATORS", "FUNCTIONS", "Offer", "Scalar", "offers_for"]

Scalar: TypeAlias = str | int | float | bool | None

# Every class that a pipeline may consist of, with its module.
CLASSES: Mapping[str, str] = {
    "CodeFeatures": "keraswrap.codegen",
    "ColumnTransformer": "sklearn.compose",
    "DecisionTreeClassifier": "sklearn.tree",
    "DecisionTreeRegressor": "sklearn.tree",
    "ElasticNet": "sklearn.linear_model",
    "ExtraTreesClassifier": "sklearn.ensemble",
    "ExtraTreesRegressor": "sklearn.ensemble",
    "FunctionTransformer": "sklearn.preprocessing",
    "GaussianNB": "sklearn.naive_bayes",
    "HistGradientBoostingClassifier": "sklearn.ensemble",
    "HistGradientBoostingRegressor": "sklearn.ensemble",
    "HuberRegressor": "sklearn.linear_model",
    "KFold": "sklearn.model_selection",
    "KNeighborsClassifier": "sklearn.neighbors",
    "KNeighborsRegressor": "sklearn.neighbors",
    "LogisticRegression": "sklearn.linear_model",
    "OneHotEncoder": "sklearn.preprocessing",
    "OrdinalEncoder": "sklearn.preprocessing",
    "Pipeline": "sklearn.pipeline",
    "PolynomialFeatures": "sklearn.preprocessing",
    "PowerTransformer": "sklearn.preprocessing",
    "QuantileTransformer": "sklearn.preprocessing",
    "RandomForestClassifier": "sklearn.ensemble",
    "RandomForestRegressor": "sklearn.ensemble",
    "Ridge": "sklearn.linear_model",
    "RobustScaler": "sklearn.preprocessing",
    "SVC": "sklearn.svm",
    "SimpleImputer": "sklearn.impute",
    "StandardScaler": "sklearn.preprocessing",
    "StratifiedKFold": "sklearn.model_selection",
    "TargetEncoder": "sklearn.preprocessing",
    "TextEmbedder": "keraswrap.text",
    "TfidfVectorizer": "sklearn.feature_extraction.text",
    "TransformedTargetRegressor": "sklearn.compose",
}

# Functions that steps of ours use, as they are written in code; a specification names none.
FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "Series.fillna": ("pandas", "Series"),
    "numpy.expm1": ("numpy", ""),
    "numpy.log1p": ("numpy", ""),
}


@dataclass(frozen=True)
class Offer:
    """An estimator that a specification may name.

    Parameters
    ----------
    name : str
        Of its class.
    task : {"classification", "regression"}
    choices : mapping of str to tuple
        Values of each parameter that is chosen.
    settings : mapping of str to value
        Parameters that are always set.
    seeded : bool, default=False
        Whether it gets a `random_state`: SVC and ElasticNet draw a number from it in each
        fit, even where they do not use it, which would be one of the global generator. SVR
        does so too, takes no `random_state`, and therefore is not offered.
    takes_missing : bool, default=False
        Whether it takes numbers with gaps.
    """

    name: str
    task: str
    choices: Mapping[str, tuple[Scalar, ...]]
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    seeded: bool = False
    takes_missing: bool = False


_WEIGHTS = (None, "balanced")
_BOOSTING: dict[str, tuple[Scalar, ...]] = {
    "learning_rate": (0.02, 0.05, 0.1, 0.2),
    "max_iter": (50, 100, 200, 400),
    "max_leaf_nodes": (4, 8, 15, 31, 63),
    "min_samples_leaf": (5, 20, 50),
    "l2_regularization": (0.0, 1.0, 10.0),
}
_FOREST: dict[str, tuple[Scalar, ...]] = {
    "n_estimators": (100, 300),
    "max_features": ("sqrt", 0.5, 1.0),
    "min_samples_leaf": (1, 3, 10),
}
_NEIGHBORS: dict[str, tuple[Scalar, ...]] = {
    "n_neighbors": (3, 5, 10, 20),
    "weights": ("uniform", "distance"),
}
_TREE: dict[str, tuple[Scalar, ...]] = {
    "max_depth": (2, 3, 5, 8, None),
    "min_samples_leaf": (1, 5, 20),
}
_C = (0.01, 0.1, 1.0, 10.0, 100.0)
_GAMMA = ("scale", 0.001, 0.01, 0.1)
_TO, _OF = "classification", "regression"

ESTIMATORS: Mapping[str, Offer] = {
    offer.name: offer
    for offer in (
        Offer("LogisticRegression", _TO, {"C": _C, "class_weight": _WEIGHTS}, {"max_iter": 2000}),
        Offer("HistGradientBoostingClassifier", _TO, _BOOSTING, seeded=True, takes_missing=True),
        Offer(
            "RandomForestClassifier",
            _TO,
            {**_FOREST, "class_weight": _WEIGHTS},
            seeded=True,
            takes_missing=True,
        ),
        Offer(
            "ExtraTreesClassifier",
            _TO,
            {**_FOREST, "class_weight": _WEIGHTS},
            seeded=True,
            takes_missing=True,
        ),
        Offer("SVC", _TO, {"C": _C, "gamma": _GAMMA, "class_weight": _WEIGHTS}, seeded=True),
        Offer("KNeighborsClassifier", _TO, _NEIGHBORS),
        Offer("GaussianNB", _TO, {"var_smoothing": (1e-09, 1e-06, 0.001, 0.01, 0.1)}),
        Offer("DecisionTreeClassifier", _TO, _TREE, seeded=True, takes_missing=True),
        Offer("Ridge", _OF, {"alpha": (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)}),
        Offer(
            "ElasticNet",
            _OF,
            {"alpha": (0.001, 0.01, 0.1, 1.0), "l1_ratio": (0.1, 0.5, 0.9, 1.0)},
            {"max_iter": 5000},
            seeded=True,
        ),
        Offer("HistGradientBoostingRegressor", _OF, _BOOSTING, seeded=True, takes_missing=True),
        Offer("RandomForestRegressor", _OF, _FOREST, seeded=True, takes_missing=True),
        Offer("ExtraTreesRegressor", _OF, _FOREST, seeded=True, takes_missing=True),
        Offer(
            "HuberRegressor",
            _OF,
            {"epsilon": (1.1, 1.35, 2.0), "alpha": (0.0001, 0.01, 1.0, 100.0)},
            {"max_iter": 1000},
        ),
        Offer("KNeighborsRegressor", _OF, _NEIGHBORS),
        Offer("DecisionTreeRegressor", _OF, _TREE, seeded=True, takes_missing=True),
    )
}


def offers_for(task: str) -> list[Offer]:
    """Return the estimators for a task.

    Examples
    --------
    >>> [offer.name for offer in offers_for("regression")][:2]
    ['Ridge', 'ElasticNet']
    """
    return [offer for offer in ESTIMATORS.values() if offer.task == task]
