"""Several heads: as in plain Keras with a dict of outputs, labels, losses and weights."""

import json
import pickle
import zipfile

import keras
import numpy as np
import pytest
import sklearn.model_selection as scikit
import tensorflow as tf
from keras import layers
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap._targets import restore_target
from keraswrap.data import TargetView, row_view
from keraswrap.exceptions import BuildError, InputError, ParameterError, SavedFileError
from keraswrap.issues import find_label_issues
from keraswrap.issues.labels._folds import split_rows
from keraswrap.layers import OrderedLogits
from keraswrap.model_selection import GridSearchCV, cross_val_predict_proba

N = 60
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 4)).astype("float32")
TOPIC = np.array(["art", "film", "food"])[X[:, :3].argmax(axis=1)]
PRICE = 2 * X[:, 0] + 0.5
Y = {"topic": TOPIC, "price": PRICE}
INDEX = np.unique(TOPIC, return_inverse=True)[1]
GAPPED = {"topic": np.where(np.arange(N) % 3 == 0, None, TOPIC), "price": PRICE}
KNOWN = np.arange(N) % 3 != 0
MIXED = {
    **Y,
    "tags": (X[:, :3] > 0).astype(int),
    "stars": np.digitize(X[:, 3], [-1, 0, 1]) + 1,
    "words": np.where(X > 0, "up", "down"),
}
KINDS = {"stars": "ordered", "words": "positions"}
XENT = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def dense(meta, form="dict"):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dense(16, activation="relu")(inputs)
    units = meta["n_units_"]
    heads = {name: layers.Dense(units[name], name=name)(hidden) for name in units}
    return keras.Model(inputs, heads if form == "dict" else list(heads.values()))


def mixed(meta):
    inputs = keras.Input((4,))
    hidden = layers.Dense(16, activation="relu")(inputs)
    heads = {k: layers.Dense(meta["n_units_"][k])(hidden) for k in ("tags", "topic", "price")}
    heads["stars"] = OrderedLogits(meta["n_classes_"]["stars"])(hidden)
    heads["words"] = layers.Dense(1)(
        layers.Reshape((*meta["target_shape_"]["words"], 4))(layers.Dense(16)(hidden))
    )
    return keras.Model(inputs, heads)


def make(build=dense, epochs=3, target="auto", **compile_kwargs):
    return KerasWrapperModel(
        build,
        None,
        {"optimizer": "adam", "optimizer__learning_rate": 0.03, **compile_kwargs},
        {"epochs": epochs, "batch_size": 16, "shuffle": False},
        target=target,
        random_state=0,
    )


def in_keras(estimator, y, targets, **told):
    """Train the estimator's net with Keras alone."""
    net = clone(estimator).initialize(X, y).net
    settings = {"loss_weights": None, "metrics": None, "weighted_metrics": None, **told}
    weights = settings.pop("sample_weight", None)
    net.compile(keras.optimizers.Adam(0.03), jit_compile=False, **settings)
    history = net.fit(X, targets, 16, 3, sample_weight=weights, shuffle=False, verbose=0).history
    return net, history


def alike(mine, history):
    assert mine.keys() == history.keys()
    for name in history:
        np.testing.assert_allclose(mine[name], history[name], rtol=1e-5, err_msg=name)


@pytest.fixture(scope="module")
def fitted():
    return make(mixed, 40, KINDS).fit(X, MIXED)


@pytest.mark.parametrize("form", ["dict", "list"])
@pytest.mark.parametrize("weighed", [False, True])
def test_training_is_keras_to_the_bit(form, weighed):
    told = {
        "loss_weights": {"topic": 1.0, "price": 0.5},
        "metrics": {"topic": ["accuracy"], "price": ["mae"]},
        "weighted_metrics": {"price": ["mse"]},
    }
    clf = make(**{**told, "loss_weights": {"price": 0.5}}).set_params(model__form=form)
    weights = np.linspace(0, 2, N) if weighed else None
    scaled = None if weights is None else (weights / weights.mean()).astype("float32")
    targets = {"topic": INDEX, "price": PRICE.astype("float32")[:, None]}
    loss = {"topic": XENT, "price": "mse"}
    if form == "list":  # which Keras takes with weights in no other form
        targets, loss = list(targets.values()), [XENT, "mse"]
        told["loss_weights"] = [1.0, 0.5]
    if weighed:
        told["sample_weight"] = {"dict": dict.fromkeys(Y, scaled), "list": [scaled] * 2}[form]
    net, history = in_keras(clf, Y, targets, loss=loss, **told)
    clf.fit(X, Y, sample_weight=weights)
    assert clf.history_ == history
    raw = net.predict(X, verbose=0)
    price = raw["price"] if form == "dict" else raw[1]
    np.testing.assert_array_equal(clf.predict(X)["price"], price[:, 0])


def test_predictions_are_by_name_in_the_users_labels(fitted):
    predicted, proba = fitted.predict(X), fitted.predict_proba(X)
    assert list(predicted) == list(MIXED)
    assert {name: p.shape for name, p in predicted.items()} == {
        name: np.shape(y) for name, y in MIXED.items()
    }
    assert {name: p.shape for name, p in proba.items()} == {
        "topic": (N, 3),
        "tags": (N, 3),
        "stars": (N, 4),
        "words": (N, 4, 2),
    }
    np.testing.assert_array_equal(
        predicted["topic"], fitted.classes_["topic"][proba["topic"].argmax(axis=1)]
    )
    np.testing.assert_array_equal(predicted["tags"], proba["tags"] > 0.5)
    assert fitted.n_classes_ == {"topic": 3, "tags": 3, "stars": 4, "words": 2}
    assert fitted.classes_["words"].tolist() == ["down", "up"]


def test_the_score_is_the_mean_of_the_heads(fitted):
    predicted, weights = fitted.predict(X), np.arange(N) + 1.0
    words = accuracy_score(
        MIXED["words"].ravel(), predicted["words"].ravel(), sample_weight=np.repeat(weights, 4)
    )
    expected = [
        accuracy_score(MIXED[k], predicted[k], sample_weight=weights)
        for k in ("topic", "tags", "stars")
    ]
    expected += [r2_score(PRICE, predicted["price"], sample_weight=weights), words]
    assert fitted.score(X, MIXED, weights) == pytest.approx(np.mean(expected))
    assert fitted.score(X, TargetView(MIXED)) > 0.9


def test_metrics_of_each_head_see_what_it_means(fitted):
    metrics = dict.fromkeys(["topic", "tags", "stars", "words"], "accuracy")
    clf = make(mixed, 40, KINDS, metrics={**metrics, "price": ["mae"]})
    clf.set_params(validation_data=(X, MIXED), validation_batch_size=N).fit(X, MIXED)
    last, predicted = {k: v[-1] for k, v in clf.history_.items()}, clf.predict(X)
    for name in metrics:
        right = (predicted[name] == MIXED[name]).mean()
        assert last[f"val_{name}_accuracy"] == pytest.approx(right, abs=1e-6)
    assert last["val_price_mae"] == pytest.approx(np.abs(predicted["price"] - PRICE).mean(), 1e-4)
    np.testing.assert_allclose(fitted.history_["loss"], clf.history_["loss"], rtol=1e-4)


@pytest.mark.parametrize("form", ["dict", "list"])
def test_a_row_without_a_label_counts_for_its_other_heads(form):
    metrics = {"topic": ["accuracy"], "price": ["mae"]}
    clf = make(metrics=metrics).set_params(model__form=form)
    weights = {"topic": KNOWN / KNOWN.mean(), "price": np.ones(N)}
    weights = {name: weight.astype("float32") for name, weight in weights.items()}
    targets = {"topic": INDEX, "price": PRICE.astype("float32")[:, None]}
    told = {"loss": {"topic": XENT, "price": "mse"}, "weighted_metrics": metrics}
    if form == "list":
        targets, weights = list(targets.values()), list(weights.values())
    _, history = in_keras(clf, Y, targets, sample_weight=weights, **told)
    clf.fit(X, GAPPED)
    alike(clf.history_, history)
    predicted = clf.predict(X)
    scores = (
        accuracy_score(TOPIC[KNOWN], predicted["topic"][KNOWN]),
        r2_score(PRICE, predicted["price"]),
    )
    assert clf.score(X, GAPPED) == pytest.approx(np.mean(scores))
    held = clone(clf).set_params(validation_data=(X, GAPPED), validation_batch_size=N)
    held = held.fit(X, GAPPED, sample_weight=np.linspace(0, 2, N))
    right = (held.predict(X)["topic"] == TOPIC)[KNOWN].mean()
    assert held.history_["val_topic_accuracy"][-1] == pytest.approx(right, abs=1e-6)


def test_weights_of_classes_are_by_head():
    weigh = {"topic": {"art": 3.0, "film": 0.5}}
    of_row = np.array([3.0, 0.5, 1.0])[INDEX]
    weights = {"topic": of_row / of_row.mean(), "price": np.ones(N)}
    clf = make().set_params(class_weight=weigh)
    _, history = in_keras(
        clf,
        Y,
        {"topic": INDEX, "price": PRICE.astype("float32")[:, None]},
        loss={"topic": XENT, "price": "mse"},
        sample_weight={name: weight.astype("float32") for name, weight in weights.items()},
    )
    alike(clf.fit(X, Y).history_, history)
    known = make().set_params(class_weight={"topic": "balanced"}).fit(X, GAPPED)
    only = (
        make()
        .set_params(class_weight={"topic": "balanced"})
        .fit(X[KNOWN], {name: y[KNOWN] for name, y in Y.items()})
    )
    assert known._target.weigh(known._target.check(GAPPED), None, {"topic": "balanced"})["topic"][
        KNOWN
    ] == pytest.approx(
        only._target.weigh(
            only._target.check({k: y[KNOWN] for k, y in Y.items()}), None, {"topic": "balanced"}
        )["topic"]
        / KNOWN.mean()
    )


def test_losses_are_given_by_name_or_chosen():
    given = make(loss={"price": "mae"})
    _, history = in_keras(
        given,
        Y,
        {"topic": INDEX, "price": PRICE.astype("float32")[:, None]},
        loss={"topic": XENT, "price": "mae"},
    )
    assert given.fit(X, Y).history_ == history
    one_hot = keras.losses.CategoricalCrossentropy(from_logits=True)
    assert make(loss={"topic": one_hot}).fit(X, Y).history_["topic_loss"] == pytest.approx(
        make().fit(X, Y).history_["topic_loss"], rel=1e-5
    )


def test_files_pickles_and_clones(fitted, tmp_path):
    fitted.save(tmp_path / "heads.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "heads.keraswrap")
    for copy in (loaded, pickle.loads(pickle.dumps(fitted)), clone(fitted).fit(X, MIXED)):
        for name, predicted in fitted.predict(X).items():
            np.testing.assert_array_equal(copy.predict(X)[name], predicted)
        assert copy.score(X, MIXED) == fitted.score(X, MIXED)
    epochs = len(fitted.history_["loss"])
    assert len(loaded.partial_fit(X, MIXED).history_["loss"]) == epochs + 1
    assert loaded.get_params()["target"] == KINDS


def test_a_file_whose_outputs_are_not_those_of_y_is_refused(fitted, tmp_path):
    fitted.save(tmp_path / "heads.keraswrap")
    with zipfile.ZipFile(tmp_path / "heads.keraswrap") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(parts["estimator.json"])
    del told["network"]["heads"]["topic"]
    with zipfile.ZipFile(tmp_path / "other.keraswrap", "w") as archive:
        for name, part in {**parts, "estimator.json": json.dumps(told)}.items():
            archive.writestr(name, part)
    with pytest.raises(SavedFileError, match=r"outputs as y has them.*The file is corrupt"):
        KerasWrapperModel.load(tmp_path / "other.keraswrap")


def test_what_was_learned_comes_back(fitted):
    target = make().fit(X, GAPPED)._target
    again = restore_target(target.learned)
    assert again.partly == target.partly == {"topic"}
    assert again.meta["n_units_"] == {"topic": 3, "price": 1}
    assert {k: type(v) for k, v in restore_target(fitted._target.learned).parts.items()} == {
        k: type(v) for k, v in fitted._target.parts.items()
    }


def test_it_trains_on():
    clf = make(epochs=1)
    for _ in range(3):
        clf.partial_fit(X, Y, classes={"topic": ["art", "film", "food"]})
    assert len(clf.history_["topic_loss"]) == 3
    warm = make().set_params(warm_start=True).fit(X, Y)
    before = warm.history_["loss"][-1]
    assert warm.fit(X, Y).history_["loss"][0] < before
    stopping = keras.callbacks.EarlyStopping("val_topic_loss", mode="min", patience=1)
    held = make(epochs=200).set_params(validation_split=0.3, callbacks=[stopping]).fit(X, Y)
    assert 3 < len(held.history_["val_price_loss"]) < 200
    one = make().fit(X, {**Y, "topic": TOPIC[:]}, validation_split=scikit.KFold(3))
    assert len(one.history_["val_loss"]) == 3


def test_searches_slice_a_dict_by_row(tmp_path):
    clf = make(epochs=20)
    search = GridSearchCV(clf, {"epochs": [1, 20]}, cv=3, journal=tmp_path / "j").fit(X, Y)
    other = scikit.GridSearchCV(clf, {"epochs": [1, 20]}, cv=3).fit(X, TargetView(Y))
    for name in ("mean_test_score", "split0_test_score"):
        np.testing.assert_array_equal(search.cv_results_[name], other.cv_results_[name])
    assert search.n_fits_ == 3
    assert search.best_params_ == {"epochs": 20}
    again = GridSearchCV(clf, {"epochs": [1, 20]}, cv=3, journal=tmp_path / "j").fit(X, Y)
    assert again.n_fits_ == 0
    changed = {**Y, "price": PRICE + 1}
    assert scikit.cross_val_score(clf, X, TargetView(changed), cv=2).shape == (2,)


THREE = {**GAPPED, "kind": INDEX}


def by_hand(clf, y, splits):
    """Probabilities by head, from a fit on the other rows of each fold."""
    view, found = TargetView(y), {}
    for train, held in splits:
        for name, proba in clone(clf).fit(X[train], view[train]).predict_proba(X[held]).items():
            found.setdefault(name, np.full((N, proba.shape[1]), np.nan))[held] = proba
    return found


@pytest.mark.parametrize("how", ["function", "search", "recalled"])
def test_probabilities_out_of_fold_are_those_of_fits_by_hand_for_each_head(how, tmp_path):
    clf, folds = make(epochs=2), scikit.KFold(3)
    if how == "function":
        found = cross_val_predict_proba(clf, X, THREE, cv=3)
    for _ in range({"function": 0, "search": 1, "recalled": 2}[how]):
        search = GridSearchCV(clf, {"epochs": [2]}, cv=3, journal=tmp_path / "j").fit(X, THREE)
        found = search.oof_proba_
    expected = by_hand(clf, THREE, folds.split(X))
    assert found.keys() == expected.keys() == {"topic", "kind"}  # numbers have no probabilities
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


def test_a_class_that_a_fit_has_not_seen_gets_no_probability():
    splits = [(np.flatnonzero(c != INDEX), np.flatnonzero(c == INDEX)) for c in range(3)]
    found = cross_val_predict_proba(make(epochs=1), X, {"kind": INDEX, "price": PRICE}, cv=splits)
    assert (found["kind"][np.arange(N), INDEX] == 0).all()
    np.testing.assert_allclose(found["kind"].sum(axis=1), 1, rtol=1e-6)


def test_heads_of_positions_and_nets_of_numbers_have_no_table_of_probabilities():
    with pytest.raises(InputError, match=r"from head 'words' of KerasWrapperModel, which labels"):
        cross_val_predict_proba(make(mixed, 1, KINDS), X, MIXED, cv=2)
    numbers = {"price": PRICE, "area": 2 * PRICE}
    with pytest.raises(InputError, match="with heads of numbers alone"):
        cross_val_predict_proba(make(epochs=1), X, numbers, cv=2)


@pytest.mark.parametrize("how", ["estimator", "search", "probabilities"])
def test_issues_of_one_head_are_those_of_its_probabilities(how):
    clf = make(epochs=2)
    if how == "estimator":
        found = find_label_issues(clf, X, THREE, head="kind", cv=3)
        splits = split_rows(INDEX, 3, 0)
        expected = by_hand(clf, THREE, splits)["kind"]
    else:
        given = GridSearchCV(clf, {"epochs": [2]}, cv=3).fit(X, THREE)
        expected = given.oof_proba_["kind"]
        given = given if how == "search" else given.oof_proba_
        found = find_label_issues(given, X, THREE, head="kind")
    np.testing.assert_array_equal(found.proba, expected)
    same = find_label_issues(expected, X, y=INDEX, out_of_sample=True)
    np.testing.assert_array_equal(found.quality, same.quality)
    assert found.provenance["data_hash"] == same.provenance["data_hash"]


@pytest.mark.parametrize(
    ("given", "y", "head", "match"),
    [
        (make(), THREE, None, r"head=, which labels to judge of those in y, \['topic'.* got None"),
        (make(), THREE, "kinds", r"of those in y, .* got 'kinds'"),
        (make(), THREE, "topic", r"a label in every row of y\['topic'\], .*none in 20 rows"),
        (make(), INDEX, "kind", r"y as a dict by head, as head='kind' was passed, got ndarray"),
        ({"topic": np.eye(3)[INDEX]}, INDEX, "kind", r"has classes, \['topic'\], got 'kind'"),
    ],
)
def test_a_head_that_cannot_be_judged_is_refused(given, y, head, match):
    with pytest.raises(InputError, match=match):
        find_label_issues(given, X, y, head=head)


def test_scikit_learn_counts_the_heads_of_a_dict_as_rows():
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[60, 2\]"):
        scikit.cross_val_score(make(), X, Y, cv=2)


@pytest.mark.parametrize("batched", [True, False])
def test_a_dataset_may_hold_a_dict_of_labels(batched):
    rows = tf.data.Dataset.from_tensor_slices((X, {**Y, "topic": INDEX}))
    rows = rows.batch(7) if batched else rows
    found = row_view(rows).y
    assert found.names == ("topic", "price")
    np.testing.assert_array_equal(found.columns["topic"], INDEX)
    clf, plain = make(), make()
    clf.fit(rows)
    plain.fit(X, {**Y, "topic": INDEX})
    assert clf.history_ == plain.history_
    assert clf.score(rows) == plain.score(X, {**Y, "topic": INDEX})
    clf.fit(rows, {**Y, "topic": INDEX}, validation_data=rows)
    with pytest.raises(InputError, match=r"Expected y\['price'\] as the dataset has it.* 60 of 60"):
        clf.fit(rows, {**Y, "topic": INDEX, "price": PRICE + 1})
    with pytest.raises(InputError, match="as the dataset has it, the heads"):
        clf.fit(rows, INDEX)


class Loader:
    """Rows by their number, as PyTorch has them."""

    def __len__(self):
        return N

    def __getitem__(self, row):
        return X[row], {name: y[row] for name, y in Y.items()}


@pytest.mark.parametrize("form", ["map", "iterator", "inputs"])
def test_rows_of_other_kinds(form):
    def named(meta):
        left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
        hidden = layers.Concatenate()([left, right])
        return keras.Model(
            [left, right], {k: layers.Dense(u)(hidden) for k, u in meta["n_units_"].items()}
        )

    if form == "inputs":
        parts = {"left": X[:, :2], "right": X[:, 2:]}
        assert make(named).fit(parts, Y).predict(parts)["topic"].shape == (N,)
        assert GridSearchCV(make(named), {"epochs": [1]}, cv=2).fit(parts, Y).n_fits_ == 1 * 2
        return
    expected = make().fit(X, Y).history_
    data = Loader() if form == "map" else row_view(iter(Loader()), batched=False)
    found = make().fit(data) if form == "map" else make().fit(data.X, data.y)
    assert found.history_ == expected


def test_a_regressor_has_heads_of_numbers():
    y = {"price": PRICE, "area": np.stack([X[:, 1], X[:, 2]], axis=1)}
    settings = {"optimizer": "adam", "optimizer__learning_rate": 0.03}
    reg = KerasWrapperRegressor(dense, None, settings, {"epochs": 60}, random_state=0)
    predicted = reg.fit(X, y).predict(X)
    assert reg.n_outputs_ == {"price": 1, "area": 2}
    scores = [r2_score(y[name], predicted[name]) for name in y]
    assert reg.score(X, y) == pytest.approx(np.mean(scores))
    assert min(scores) > 0.9
    likely = clone(reg).set_params(target={"price": "gaussian", "area": "gaussian"})
    mean, std = likely.fit(X, y).predict(X, return_std=True)
    assert mean["area"].shape == std["area"].shape == (N, 2)
    with pytest.raises(ParameterError, match="standard deviations"):
        reg.predict(X, return_std=True)


def lone(meta):
    return keras.Sequential([keras.Input((4,)), layers.Dense(3)])


def others(meta):
    inputs = keras.Input((4,))
    return keras.Model(inputs, {"topic": layers.Dense(3)(inputs), "cost": layers.Dense(1)(inputs)})


@pytest.mark.parametrize(
    ("change", "y", "error", "match"),
    [
        ({"model": lone}, Y, BuildError, r"outputs \['topic', 'price'\], as y has them, got one"),
        ({"model": others}, Y, BuildError, "outputs .*, as y has them, got several: .*cost"),
        ({"model": others}, TOPIC, BuildError, "one output of shape .*pass y as a dict"),
        ({}, {}, InputError, "a dict with the target of each head"),
        ({}, {**Y, "price": PRICE[:-1]}, InputError, "one length for all heads"),
        ({}, {"topic": TOPIC[1:], "price": PRICE[1:]}, InputError, "X has 60 rows, y has 59"),
        ({}, {**Y, "price": [None] * N}, InputError, "Head 'price': .*got only gaps"),
        ({}, {**Y, "topic": np.where(KNOWN, TOPIC, "")}, InputError, "Head 'topic': .*empty one"),
        ({"compile__metrics": ["accuracy"]}, Y, ParameterError, "metrics as a dict by the names"),
        ({"compile__metrics": {"cost": ["mae"]}}, Y, ParameterError, "metrics by the names of"),
        ({"compile__loss": {"cost": "mse"}}, Y, ParameterError, "loss by the names of heads"),
        ({"compile__loss_weights": [1, 2]}, Y, ParameterError, "loss_weights as a dict by the"),
        ({"compile__loss__reduction": "sum"}, Y, ParameterError, "arguments of the loss in the"),
        ({"class_weight": "balanced"}, Y, ParameterError, "class_weight as a dict by the names"),
        ({"class_weight": {"cost": "balanced"}}, Y, ParameterError, "class_weight by the names"),
        ({"class_weight": {"price": "balanced"}}, Y, ParameterError, "Head 'price': class_weight"),
        (
            {"compile__loss": "mse"},
            {**Y, "topic": PRICE, "price": MIXED["words"]},
            InputError,
            "Head 'price'",
        ),
    ],
)
def test_what_does_not_fit_is_said_before_training(change, y, error, match):
    clf = make().set_params(**change)
    with pytest.raises(error, match=match):
        clf.fit(X, y)
    assert clf.net is None


def test_later_calls_take_the_same_heads():
    clf = make().fit(X, Y)
    for call in (clf.score, clf.partial_fit):
        with pytest.raises(InputError, match=r"missing \['price'\], unknown \['cost'\]"):
            call(X, {"topic": TOPIC, "cost": PRICE})
        with pytest.raises(InputError, match="y as a dict with the target of each head"):
            call(X, TOPIC)
    with pytest.raises(InputError, match=r"in every row of y\['topic'\], as in fit, got none"):
        clf.partial_fit(X, GAPPED)
    assert clf.score(X, GAPPED) == pytest.approx(clf.score(X, Y), abs=0.2)
    with pytest.raises(InputError, match=r"one sample_weight for each row.*loss_weights"):
        clf.fit(X, Y, sample_weight={"topic": np.ones(N)})
    with pytest.raises(InputError, match="Head 'topic': Expected the classes of the first call"):
        clf.partial_fit(X, Y, classes={"topic": ["art"]})


def test_a_list_of_layers_has_one_output():
    clf = KerasWrapperSequential([layers.Dense(3)])
    with pytest.raises(InputError, match=r"one output, got .*KerasWrapperModel"):
        clf.fit(X, Y)
