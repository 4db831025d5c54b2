"""Nets of keraswrap, from their files: what they take and answer is that of the estimator."""

import io

import keras
import numpy as np
import pandas as pd
import pytest
from kept_estimators import FITTED, data
from keras import layers
from nets import QUICK, classifier, groups

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap.model_files import load_estimator, save_estimator
from keraswrap.selective import SelectiveClassifier
from keraswrap.serving import ServedModel, ServingLimits
from keraswrap.serving._json_form import dump, read_request
from keraswrap.serving._schema import describe
from keraswrap.serving._strict_json import read_json

jsonschema = pytest.importorskip("jsonschema")
X, INDEX = groups(n=60)
Y = np.array(["ant", "bee", "cat"])[INDEX]
LIMITS = ServingLimits()


def reload(estimator, path):
    save_estimator(estimator, path / "model.keraswrap")
    return load_estimator(io.BytesIO((path / "model.keraswrap").read_bytes()))


def ask(estimator, rows):
    """Answer rows as a request does, and check both by the schema."""
    served = ServedModel.of(estimator, "1")
    request = {served.inputs.kind: rows}
    schemas = describe(served, LIMITS, keys=False)["components"]
    for name, value in (("Request", request),):
        jsonschema.validate(value, {"$ref": f"#/components/schemas/{name}", "components": schemas})
    block = read_request(dump(request), served.inputs, LIMITS)
    answers = read_json(dump(served.predict(block).rows()))
    for row in answers:
        jsonschema.validate(row, schemas["schemas"]["Answer"])
    served.warm_up(4)
    return answers


def shares(answers):
    return [list(row["probabilities"].values()) for row in answers]


@pytest.mark.parametrize("kind", ["model", "text", "pair"])
def test_classifiers(kind, tmp_path):
    rows, _ = data(kind)
    estimator, proba = FITTED[kind]
    loaded = reload(estimator, tmp_path)
    if isinstance(rows, dict):
        sent = pd.DataFrame(rows).astype(float).to_dict("records")
    else:
        sent = rows if kind == "text" else np.asarray(rows, dtype=float).tolist()
    answers = ask(loaded, sent)
    # The net computes in float32, and sums may be taken in another order.
    np.testing.assert_allclose(shares(answers), proba, rtol=0, atol=1e-6)
    assert [row["label"] for row in answers] == estimator.predict(rows).tolist()


def test_frames(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd")[: X.shape[1]])
    estimator = KerasWrapperModel(classifier, **QUICK).fit(frame, Y)
    answers = ask(reload(estimator, tmp_path), frame.iloc[:5].to_dict("records"))
    expected = estimator.predict_proba(frame.iloc[:5])
    np.testing.assert_allclose(shares(answers), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("target", ["auto", "gaussian"])
def test_regressors(target, tmp_path):
    def build(meta):
        inputs = keras.Input((meta["n_features_in_"],))
        return keras.Model(inputs, layers.Dense(meta["n_units_"])(inputs))

    y = X @ np.eye(X.shape[1])[:, :2]
    estimator = KerasWrapperRegressor(build, target=target, **QUICK).fit(X, y)
    answers = ask(reload(estimator, tmp_path), X[:5].tolist())
    values = [row["value"] for row in answers]
    np.testing.assert_allclose(values, estimator.predict(X[:5]), atol=1e-5)
    if target == "gaussian":
        _, std = estimator.predict(X[:5], return_std=True)
        np.testing.assert_allclose([row["std"] for row in answers], std, atol=1e-5)


def test_several_labels(tmp_path):
    y = np.eye(3, dtype=int)[INDEX]
    y[:, 0] = 1
    build = lambda meta: classifier(meta, activation="sigmoid")  # noqa: E731
    estimator = KerasWrapperModel(build, **QUICK).fit(X, y)
    answers = ask(reload(estimator, tmp_path), X[:5].tolist())
    expected = [np.flatnonzero(row).tolist() for row in estimator.predict(X[:5])]
    assert [row["labels"] for row in answers] == expected


def test_heads():
    def build(meta):
        inputs = keras.Input((meta["n_features_in_"],))
        kind = layers.Dense(3, activation="softmax", name="kind")(inputs)
        size = layers.Dense(1, name="size")(inputs)
        return keras.Model(inputs, {"kind": kind, "size": size})

    y = {"kind": Y, "size": X[:, 0]}
    estimator = KerasWrapperModel(build, **QUICK).fit(X, y)
    answers = ask(estimator, X[:5].tolist())
    found = estimator.predict(X[:5])
    assert [row["kind"]["label"] for row in answers] == found["kind"].tolist()
    np.testing.assert_allclose([row["size"]["value"] for row in answers], found["size"].ravel(),
                               atol=1e-5)  # fmt: skip


@pytest.mark.filterwarnings("ignore:An error of at most")
def test_abstentions():
    inner = KerasWrapperModel(classifier, **QUICK).fit(X, Y)
    estimator = SelectiveClassifier(inner, target_error=0.3, cv="prefit").fit(X, Y)
    estimator.threshold_ = float(np.median(inner.predict_proba(X).max(axis=1)))
    answers = ask(estimator, X.tolist())
    labels = estimator.predict(X)
    assert [row["label"] for row in answers] == labels.tolist()
    assert [row["abstained"] for row in answers] == [label is None for label in labels]
    assert 0 < sum(row["abstained"] for row in answers) < len(X)
    np.testing.assert_allclose(shares(answers), inner.predict_proba(X), rtol=0, atol=1e-6)


def test_images_are_nested_lists(tmp_path):
    images = np.random.default_rng(0).random((20, 2, 3, 1)).astype("float32")

    def build(meta):
        inputs = keras.Input((2, 3, 1))
        return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(inputs)))

    estimator = KerasWrapperModel(build, **QUICK).fit(images, [0, 1] * 10)
    answers = ask(reload(estimator, tmp_path), images[:3].tolist())
    expected = estimator.predict_proba(images[:3])
    np.testing.assert_allclose(shares(answers), expected, rtol=0, atol=1e-6)
