"""What a fit reports, and how many steps it takes: compared with Keras alone."""

import keras
import nets
import numpy as np

from keraswrap import KerasWrapperModel
from keraswrap.model_selection import GridSearchCV

X, INDEX = nets.groups(90)


class Shares(keras.metrics.Metric):
    """The mean output of each class, as a vector."""

    def __init__(self, name="shares", **more):
        super().__init__(name=name, **more)
        self.sums, self.rows = self.add_weight((3,), "zeros"), self.add_weight((), "zeros")

    def update_state(self, labels, scores, sample_weight=None):
        self.sums.assign_add(keras.ops.sum(scores, axis=0))
        self.rows.assign_add(keras.ops.cast(keras.ops.shape(scores)[0], "float32"))

    def result(self):
        return self.sums / self.rows


def test_a_metric_may_give_a_value_for_each_class():
    ours, theirs = nets.both({"metrics": [Shares()]}, {"epochs": 2, "batch_size": 16})
    assert [type(v) for v in ours["shares"][0]] == [float] * 3
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5)


def test_vectors_go_through_searches_journals_and_files(tmp_path):
    compiled = {"metrics": [keras.metrics.F1Score()]}
    clf = KerasWrapperModel(nets.classifier, None, compiled, random_state=0)
    grid = {"epochs": [1, 2, 3]}
    for journal in (None, tmp_path / "journal", tmp_path / "journal"):
        search = GridSearchCV(clf, grid, cv=2, error_score="raise", journal=journal)
        search.fit(X, INDEX)
        history = search.best_estimator_.history_
        assert np.shape(history["f1_score"]) == (search.best_params_["epochs"], 3)
    search.best_estimator_.save(tmp_path / "net.keraswrap")
    assert KerasWrapperModel.load(tmp_path / "net.keraswrap").history_ == history
