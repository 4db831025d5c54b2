"""Layers that are as wide as what they learn are adapted on training rows while a net is built."""

import copy
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from keras.layers import Discretization, IntegerLookup, StringLookup, TextVectorization
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, PredefinedSplit

from keraswrap import KerasWrapperModel, KerasWrapperSequential, config_context
from keraswrap.exceptions import BuildError
from keraswrap.model_selection import LastRows

TEXTS = np.array(["good item", "bad item", "good thing here", "bad bad thing"] * 10)
WORDS = np.array([["ant"], ["bee"], ["cat"], ["bee"]] * 10)
LABELS = np.array([0, 1, 0, 1] * 10)
QUICK = {"params": {"epochs": 3, "batch_size": 8}, "random_state": 0}


def net(kind=TextVectorization, rows=None, dtype="string", shape=(1,), **settings):
    """Build a net; with rows, adapt by hand as plain Keras has it."""
    inputs = keras.Input(shape, dtype=dtype)
    layer = kind(**settings)
    if rows is not None:
        layer.adapt(rows)
    wide = layers.Flatten()(layer(inputs))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(wide))


def case(kind, rows, dtype, **settings):
    return {"kind": kind, "dtype": dtype, **settings}, rows


NUMBERS = np.random.default_rng(0).normal(size=(40, 1)).astype("float32")
CASES = {
    "multi_hot": case(TextVectorization, TEXTS, "string", output_mode="multi_hot"),
    "tf_idf": case(TextVectorization, TEXTS, "string", output_mode="tf_idf"),
    "count": case(TextVectorization, TEXTS, "string", output_mode="count", max_tokens=4),
    "one_hot": case(StringLookup, WORDS, "string", output_mode="one_hot"),
    "words": case(StringLookup, WORDS, "string", output_mode="multi_hot", num_oov_indices=2),
    "integers": case(IntegerLookup, LABELS[:, None] * 7, "int64", output_mode="one_hot"),
    "bins": case(Discretization, NUMBERS, "float32", num_bins=4, output_mode="one_hot"),
}


def model(name, by_hand=False, **more):
    settings, rows = CASES[name]
    kwargs = {**settings, "rows": rows} if by_hand else settings
    return KerasWrapperModel(net, kwargs, **{**QUICK, **more}), rows


@pytest.fixture(params=CASES)
def fitted(request):
    estimator, rows = model(request.param)
    return estimator.fit(rows, LABELS), rows


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_adapting_by_hand_gives(name):
    (left, rows), (right, _) = model(name), model(name, by_hand=True)
    probabilities = [each.fit(rows, LABELS).predict_proba(rows) for each in (left, right)]
    np.testing.assert_array_equal(*probabilities)
    assert left.history_ == right.history_


def unseen(rows):
    """Rows with a word, or a number, that no layer has learned."""
    if rows.dtype.kind != "U":
        return 3 * rows[:3]
    return np.array(["good zebra"] * 3).reshape(-1, *rows.shape[1:])


VOCABULARY = ["[UNK]", "bad", "thing", "item", "good", "here"]


def test_a_list_of_layers_is_adapted_too():
    for mode in ("multi_hot", "tf_idf", "count"):
        parts = [TextVectorization(output_mode=mode), layers.Dense(2, activation="softmax")]
        listed = KerasWrapperSequential(parts, **QUICK).fit(TEXTS, LABELS)
        assert listed.net.layers[0].get_vocabulary() == VOCABULARY
        loaded = pickle.loads(pickle.dumps(listed))
        np.testing.assert_array_equal(
            loaded.predict_proba(unseen(TEXTS)), listed.predict_proba(unseen(TEXTS))
        )


def test_it_comes_back_from_every_copy(fitted, tmp_path):
    estimator, rows = fitted
    given = {"model": net, "model_kwargs": estimator.model_kwargs}
    more = unseen(rows)
    want = estimator.predict_proba(rows), estimator.predict_proba(more)
    estimator.save(tmp_path / "net.keraswrap")
    load = KerasWrapperModel.load
    further = copy.deepcopy(estimator).partial_fit(rows, LABELS).predict_proba(rows)
    for back in (
        pickle.loads(pickle.dumps(estimator)),
        copy.deepcopy(estimator),
        load(tmp_path / "net.keraswrap"),
        load(tmp_path / "net.keraswrap", **given),
    ):
        np.testing.assert_array_equal(back.predict_proba(rows), want[0])
        np.testing.assert_array_equal(back.predict_proba(more), want[1])
        trained = back.partial_fit(rows, LABELS).predict_proba(rows)
        np.testing.assert_array_equal(trained, further)


def vocabulary(estimator):
    return estimator.net.layers[1].get_vocabulary()


@pytest.mark.parametrize("how", ["partial_fit", "warm_start"])
def test_what_is_trained_on_is_not_adapted_again(how):
    estimator, rows = model("one_hot", warm_start=True)
    before = vocabulary(estimator.fit(rows, LABELS))
    again = estimator.partial_fit if how == "partial_fit" else estimator.fit
    again(np.array([["dog"], ["bee"]]), [0, 1])
    assert vocabulary(estimator) == before == ["[UNK]", "bee", "cat", "ant"]


def test_a_fold_learns_from_its_own_training_rows():
    rows = np.array([[f"word {fold}"] for fold in range(4)] * 5)
    estimator, _ = model("one_hot")
    for word in set(rows.flat):
        train, held = np.flatnonzero(rows != word), np.flatnonzero(rows == word)
        fold = clone(estimator).fit(rows[train], LABELS[: len(train)])
        assert set(rows[held].flat).isdisjoint(vocabulary(fold))
        assert len(vocabulary(fold)) == 4


def test_validation_rows_are_not_learned_from():
    rows = np.array([["held out"]] * 4 + [["seen"], ["known"]] * 10)
    estimator, _ = model("one_hot")
    estimator.fit(rows, LABELS[:24], validation_split=PredefinedSplit([0] * 4 + [-1] * 20))
    assert "held out" not in vocabulary(estimator)


@pytest.mark.thorough
def test_a_search_gives_each_candidate_the_net_of_its_fold():
    estimator, _ = model("one_hot")
    rows = np.array([[f"word {k % 7}"] for k in range(40)])
    grid = {"epochs": [1, 2]}
    both = [
        GridSearchCV(estimator, grid, cv=KFold(4), n_jobs=jobs, error_score="raise")
        .fit(rows, LABELS)
        .cv_results_["mean_test_score"]
        for jobs in (1, 2)
    ]
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_a_net_of_one_width_is_not_lent_to_another_vocabulary(kept):
    with config_context(kept_networks=kept):
        few, many = (
            model("one_hot")[0].fit(rows, LABELS)
            for rows in (WORDS, np.array([[f"w{k}"] for k in range(40)]))
        )
        want = few.predict_proba(WORDS), many.predict_proba(WORDS)
        alone = model("one_hot")[0].fit(WORDS, LABELS).predict_proba(WORDS)
    np.testing.assert_array_equal(few.predict_proba(WORDS), want[0])
    np.testing.assert_array_equal(alone, want[0])
    np.testing.assert_array_equal(many.predict_proba(WORDS), want[1])


FRAME = pd.DataFrame({"kind": WORDS[:, 0], "size": NUMBERS[:, 0], "age": np.arange(40)})
FRAME["price"] = 1000 + 50 * NUMBERS[:, 0] ** 2


def features(adapt=False, normalized=False):
    price = {"price": keras.utils.FeatureSpace.float_normalized()} if normalized else {}
    space = keras.utils.FeatureSpace(
        {
            "kind": "string_categorical",
            "age": keras.utils.FeatureSpace.integer_categorical(num_oov_indices=1),
            "size": keras.utils.FeatureSpace.float_discretized(4),
            **price,
        },
        crosses=[("kind", "age")],
        crossing_dim=8,
        output_mode="concat",
    )
    if adapt:
        space.adapt({name: FRAME[name].to_numpy() for name in ("kind", "age", "size", *price)})
    inputs, encoded = space.get_inputs(), space.get_encoded_features()
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(encoded))


# Keras adds moments up batch by batch, which rounds otherwise.
@pytest.mark.parametrize(("normalized", "apart"), [(False, 0.0), (True, 1e-6)])
def test_a_feature_space_is_adapted(tmp_path, normalized, apart):
    rows = FRAME if normalized else FRAME.drop(columns="price")
    left, right = (
        KerasWrapperModel(features, {"adapt": adapt, "normalized": normalized}, **QUICK).fit(
            rows, LABELS
        )
        for adapt in (False, True)
    )
    proba = left.predict_proba(rows), right.predict_proba(rows)
    np.testing.assert_allclose(*proba, rtol=0, atol=apart)
    left.save(tmp_path / "net.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "net.keraswrap")
    for back in (pickle.loads(pickle.dumps(left)), loaded):
        np.testing.assert_array_equal(back.predict_proba(rows), left.predict_proba(rows))


def test_normalized_features_are_those_of_training_rows(tmp_path):
    how = {"validation_split": LastRows(0.25)}
    extreme = FRAME.assign(price=[*FRAME["price"][:30], *[1e9] * 10])
    left, right = (
        KerasWrapperModel(features, {"normalized": True}, **QUICK).fit(frame, LABELS, **how)
        for frame in (FRAME, extreme)
    )
    np.testing.assert_array_equal(left.predict_proba(FRAME), right.predict_proba(FRAME))
    right.save(tmp_path / "net.keraswrap")
    for fitted in (right, KerasWrapperModel.load(tmp_path / "net.keraswrap")):
        (layer,) = [x for x in fitted.net.layers if isinstance(x, layers.Normalization)]
        prices = FRAME["price"][:30]
        np.testing.assert_allclose(np.ravel(layer.mean), prices.mean(), rtol=1e-6)
        np.testing.assert_allclose(np.ravel(layer.variance), prices.var(ddof=0), rtol=1e-4)


def learns_twice():
    inputs = keras.Input((1,), dtype="string")
    lower = layers.TextVectorization(output_mode="multi_hot")(inputs)
    bins = Discretization(num_bins=3, output_mode="one_hot")(3.0 * lower)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(bins)))


def test_what_layers_in_between_give_is_learned_from():
    rows = np.array(["Ant", "BEE", "ant", "bee"] * 10)

    fitted = KerasWrapperModel(learns_twice, **QUICK).fit(rows, LABELS)
    assert len(fitted.network_.adapted) == 2
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copied.predict_proba(rows), fitted.predict_proba(rows))


OUTSIDE = StringLookup(output_mode="one_hot")


def uses_one_from_outside():
    inputs = keras.Input((1,), dtype="string")
    return keras.Model(inputs, layers.Dense(2)(OUTSIDE(inputs)))


def asks_a_trained_layer():
    inputs = keras.Input((1,))
    bins = Discretization(num_bins=3)(layers.Dense(1)(inputs))
    return keras.Model(inputs, layers.Dense(2)(keras.ops.cast(bins, "float32")))


def learns_from_a_model_inside():
    inner = keras.Input((1,), dtype="string")
    nested = keras.Model(inner, StringLookup(output_mode="one_hot")(inner))
    inputs = keras.Input((1,), dtype="string")
    split = StringLookup(output_mode="int")(inputs)
    words = StringLookup(vocabulary=["a", "b"], invert=True)(split)
    return keras.Model(inputs, layers.Dense(2)(nested(words)))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.lookup = StringLookup(output_mode="one_hot")
        self.dense = layers.Dense(2, activation="softmax")

    def call(self, words):
        return self.dense(self.lookup(words["a"] if isinstance(words, dict) else words))


def test_a_subclassed_model_is_adapted():
    subclassed = KerasWrapperModel(Subclassed, **QUICK).fit(WORDS, LABELS)
    flat = model("one_hot")[0].fit(WORDS, LABELS)
    for back in (subclassed, pickle.loads(pickle.dumps(subclassed))):
        np.testing.assert_array_equal(back.predict_proba(WORDS), flat.predict_proba(WORDS))


@pytest.mark.parametrize(
    ("build", "rows", "match"),
    [
        (uses_one_from_outside, WORDS, "from outside of the build function that has not"),
        (asks_a_trained_layer, NUMBERS, r"has learned nothing.*Call adapt\(\) or"),
        (learns_from_a_model_inside, WORDS, "learns from an input that is none of the net's own"),
        (Subclassed, {"a": WORDS, "b": WORDS}, r"has learned nothing.*functional net"),
        (
            lambda: net(layers.CategoryEncoding, dtype="int32", output_mode="one_hot"),
            LABELS[:, None],
            "num_tokens must be set.*use the IntegerLookup layer instead",
        ),
    ],
)
def test_where_nothing_can_be_learned_the_remedy_is_named(build, rows, match):
    with pytest.raises(BuildError, match=match):
        KerasWrapperModel(build, **QUICK).fit(rows, LABELS)


def test_a_model_right_behind_an_input_learns():
    def build():
        inner = keras.Input((1,), dtype="string")
        nested = keras.Model(inner, StringLookup(output_mode="one_hot")(inner))
        inputs = keras.Input((1,), dtype="string")
        return keras.Model(inputs, layers.Dense(2, activation="softmax")(nested(inputs)))

    nested = KerasWrapperModel(build, **QUICK).fit(WORDS, LABELS)
    flat = model("one_hot")[0].fit(WORDS, LABELS)
    np.testing.assert_array_equal(nested.predict_proba(WORDS), flat.predict_proba(WORDS))


def test_keras_is_as_it_was_after_a_build():
    model("one_hot")[0].fit(WORDS, LABELS)
    assert "__call__" not in vars(StringLookup)
    with pytest.raises(ValueError, match="before you can start using it"):
        keras.utils.FeatureSpace({"kind": "string_categorical"}).get_encoded_features()
