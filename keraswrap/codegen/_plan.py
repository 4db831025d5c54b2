"""Specification → pipeline, as calls that are made or written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keraswrap.codegen._calls import Call, Name, Value
from keraswrap.codegen._columns import Column
from keraswrap.codegen._offers import ESTIMATORS, Scalar
from keraswrap.codegen._space import Json
from keraswrap.codegen._specification import Task

__all__ = ["plan_defaults", "plan_pipeline"]

# Boosting takes fewer than 256 categories.
_MOST_CATEGORIES = 250
_DEFAULT_TEXT: dict[str, Json] = {"encode": "tfidf_words", "max_features": 300}


def plan_pipeline(
    specification: Mapping[str, Json], columns: Sequence[Column], task: Task, seed: int
) -> Call:
    """Return the pipeline that is specified.

    Parameters
    ----------
    specification : mapping
        As :func:`read_specification` returns it.
    columns : sequence of Column
    task : Task
    seed : int
        The `random_state` of steps that draw at random.

    Returns
    -------
    Call
    """
    numbers = _part(specification, "numbers")
    coded = numbers.get("as_categories", [])
    dropped = specification.get("drop", [])
    used = [c for c in columns if c.kind != "unused" and c.id not in _listed(dropped)]
    as_kind = {c.id: "category" if c.id in _listed(coded) else c.kind for c in used}
    keys: dict[str, list[Value]] = {"number": [], "category": [], "text": []}
    for column in used:
        keys[as_kind[column.id]].append(column.key)
    estimator = _part(specification, "estimator")
    offer = ESTIMATORS[str(estimator["name"])]
    steps: list[Value] = []
    if keys["number"]:
        scaled = _plan_numbers(numbers, offer.takes_missing, seed)
        steps.append(("numbers", scaled, keys["number"]))
    if keys["category"]:
        encoder = _plan_encoder(_part(specification, "categories"), task, seed)
        steps.append(("categories", encoder, keys["category"]))
    steps += _plan_texts(keys["text"], _part(specification, "texts"))
    final = _plan_estimator(estimator, specification.get("target") == "log", seed)
    return _pipeline(steps, final)


def _part(specification: Mapping[str, Json], name: str) -> dict[str, Json]:
    part = specification.get(name, {})
    assert isinstance(part, dict)
    return part


def _listed(names: Json) -> list[Json]:
    assert isinstance(names, list)
    return names


def _pipeline(steps: list[Value], final: Call) -> Call:
    # Boosting takes no sparse matrices: texts have few enough features for dense ones.
    columns = Call("ColumnTransformer", {"transformers": steps, "sparse_threshold": 0})
    return Call("Pipeline", {"steps": [("columns", columns), ("estimator", final)]})


def _plan_numbers(chosen: Mapping[str, Json], takes_missing: bool, seed: int) -> Value:
    multiplied = bool(chosen.get("multiply_pairs", False))
    steps: list[Value] = []
    how = str(chosen.get("impute", "auto"))
    if how != "auto" or not takes_missing or multiplied:
        steps.append(("impute", _plan_imputer(how, bool(chosen.get("indicate_missing", False)))))
    scaler = _plan_scaler(str(chosen.get("scale", "none")), seed)
    if scaler:
        steps.append(("scale", scaler))
    if multiplied:
        told: dict[str, Value] = {"interaction_only": True, "include_bias": False}
        steps.append(("multiply", Call("PolynomialFeatures", told)))
    return Call("Pipeline", {"steps": steps}) if steps else "passthrough"


def _plan_imputer(how: str, indicate: bool) -> Call:
    told: dict[str, Value] = {"strategy": "median" if how == "auto" else how}
    if indicate:
        told["add_indicator"] = True
    return Call("SimpleImputer", {**told, "keep_empty_features": True})


def _plan_scaler(name: str, seed: int) -> Call | None:
    if name == "quantile":
        told: dict[str, Value] = {"n_quantiles": 100, "output_distribution": "normal"}
        return Call("QuantileTransformer", {**told, "random_state": seed})
    kinds = {"standard": "StandardScaler", "robust": "RobustScaler", "power": "PowerTransformer"}
    return Call(kinds[name], {}) if name in kinds else None


def _plan_encoder(chosen: Mapping[str, Json], task: Task, seed: int) -> Call:
    most = _scalar(chosen["max_categories"])
    if chosen["encode"] == "one_hot":
        told: dict[str, Value] = {"handle_unknown": "infrequent_if_exist", "max_categories": most}
        return Call("OneHotEncoder", {**told, "sparse_output": False})
    if chosen["encode"] == "ordinal":
        return _ordinal(most)
    classes = task.kind == "classification"
    folds: dict[str, Value] = {"n_splits": 5, "shuffle": True, "random_state": seed}
    split = Call("StratifiedKFold" if classes else "KFold", folds)
    # Whole numbers would be taken for classes.
    return Call(
        "TargetEncoder", {"cv": split} if classes else {"target_type": "continuous", "cv": split}
    )


def _ordinal(most: Scalar) -> Call:
    told: dict[str, Value] = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    return Call("OrdinalEncoder", {**told, "encoded_missing_value": -2, "max_categories": most})


def _plan_texts(keys: Sequence[Value], chosen: Mapping[str, Json]) -> list[Value]:
    """Return a step for each column of texts: vectorizers take one column at a time."""
    if not keys:
        return []
    fill = Call("FunctionTransformer", {"func": Name("Series.fillna"), "kw_args": {"value": ""}})
    steps: list[Value] = [("fill", fill), ("vectors", _plan_vectors(chosen))]
    pipeline = Call("Pipeline", {"steps": steps})
    return [(f"text {number}", pipeline, key) for number, key in enumerate(keys, 1)]


def _plan_vectors(chosen: Mapping[str, Json]) -> Call:
    if chosen["encode"] == "embedding":
        return Call("TextEmbedder", {"empty": "allow"})
    told: dict[str, Value] = {"max_features": _scalar(chosen["max_features"])}
    if chosen["encode"] == "tfidf_characters":
        told = {"analyzer": "char_wb", "ngram_range": (2, 4), **told}
    return Call("TfidfVectorizer", {"sublinear_tf": True, **told})


def _plan_estimator(chosen: Mapping[str, Json], of_log: bool, seed: int) -> Call:
    offer = ESTIMATORS[str(chosen["name"])]
    told: dict[str, Value] = {name: _scalar(chosen[name]) for name in offer.choices}
    told |= offer.settings
    if offer.seeded:
        told["random_state"] = seed
    final = Call(offer.name, told)
    if not of_log:
        return final
    functions: dict[str, Value] = {
        "func": Name("numpy.log1p"),
        "inverse_func": Name("numpy.expm1"),
    }
    return Call("TransformedTargetRegressor", {"regressor": final, **functions})


def _scalar(value: Json) -> Scalar:
    assert not isinstance(value, list | dict)
    return value


def plan_defaults(columns: Sequence[Column], task: Task, seed: int) -> Call:
    """Return gradient boosting with its defaults: what others have to be better than.

    Numbers go in as they are, categories are marked as such, and texts become TF-IDF.

    Parameters
    ----------
    columns : sequence of Column
    task : Task
    seed : int

    Returns
    -------
    Call
    """
    keys: dict[str, list[Value]] = {"number": [], "category": [], "text": [], "unused": []}
    for column in columns:
        keys[column.kind].append(column.key)
    steps: list[Value] = []
    told: dict[str, Value] = {}
    if keys["category"]:
        steps.append(("categories", _ordinal(_MOST_CATEGORIES), keys["category"]))
        told["categorical_features"] = list(range(len(keys["category"])))
    if keys["number"]:
        steps.append(("numbers", "passthrough", keys["number"]))
    steps += _plan_texts(keys["text"], _DEFAULT_TEXT)
    classes = task.kind == "classification"
    name = "HistGradientBoostingClassifier" if classes else "HistGradientBoostingRegressor"
    return _pipeline(steps, Call(name, {**told, "random_state": seed}))
