"""The whole of a retraining, on a small net in a real registry."""

import numpy as np
import pytest
from nets import regressor
from retrained import NAME, Monitor, draw, kinds, net, new_registry

from keraswrap import KerasWrapperRegressor
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.retraining import _work as work
from keraswrap.retraining import retrain_if, roll_back
from keraswrap.tracking import register

X, Y = draw(200, 1)
X_NEW, Y_NEW = draw(600, 2, moved=True)
SAME_NEW, SAME_Y = draw(600, 3)
# A large gain, so that a hundred labels will do.
EFFORT = {"gain": 0.2, "differ": 0.5, "n_train": 100}
STEPS = [f"retraining-{kind}" for kind in ("checked", "trained", "tested", "replaced")]


@pytest.fixture
def registry(tmp_path):
    return new_registry(tmp_path)


def run(registry, y_new=Y_NEW, X_new=X_NEW, monitor=None, **more):
    more = {**EFFORT, "estimator": net(), **more}
    return retrain_if(NAME, registry, X, Y, X_new, y_new, monitor=monitor or Monitor(), **more)


def labels_of(wanted, y=Y_NEW):
    told = np.full(len(y), None, dtype=object)
    told[wanted.rows] = y[wanted.rows]
    return told


def in_use(registry):
    return registry.get(NAME, "champion").version


def test_without_a_sign_the_model_is_kept_and_nothing_is_trained(registry):
    kept = run(registry, monitor=Monitor("no sign"))
    assert (kept.action, kept.challenger) == ("kept", None)
    assert kept.reason == "The new rows give no sign of drift."
    assert kinds(registry) == ["retraining-checked", "retraining-kept"]


def test_a_sign_without_labels_asks_for_them(registry):
    asked = run(registry, None)
    assert asked.action == "labels_needed"
    assert (int(asked.wanted.for_test.sum()), len(asked.wanted)) == (103, 203)
    assert "The paired test needs labels of 103 random new rows and has 0" in asked.reason
    assert len(registry.versions(NAME)) == 1


def test_the_rows_asked_for_are_enough_and_a_better_model_replaces(registry):
    done = run(registry, labels_of(run(registry, None).wanted), held_out=draw(100, 5))
    assert (done.action, done.test.n, in_use(registry)) == ("replaced", 103, 2)
    assert done.test.worse < done.test.better
    assert done.old_rows.n == 100
    assert registry.get(NAME, "previous").version == 1
    assert kinds(registry)[2:] == STEPS


def test_rows_to_train_on_are_those_the_model_is_least_sure_of(registry):
    wanted = run(registry, None).wanted
    sure = registry.load(NAME, "champion").predict_proba(X_NEW).max(axis=1)
    chosen, drawn = wanted.rows[~wanted.for_test], wanted.rows[wanted.for_test]
    assert sure[chosen].mean() < sure[drawn].mean() < sure.mean() + 0.05


def test_equally_good_models_change_nothing(registry):
    kept = run(registry, SAME_Y, SAME_NEW)
    assert (kept.action, in_use(registry)) == ("kept", 1)
    assert kept.reason.startswith("No gain is shown. On ")


def test_a_second_call_does_nothing_and_says_the_same(registry):
    first, before = run(registry), len(registry.events(NAME))
    again = run(registry)
    assert again.action == first.action == "replaced"
    assert again.reason == f"Decided before, on the same rows and labels. {first.reason}"
    assert (len(registry.events(NAME)), len(registry.versions(NAME))) == (before, 2)


def test_a_model_that_was_rolled_back_is_not_put_into_use_again(registry):
    run(registry)
    assert roll_back(NAME, registry).version == 1
    again = run(registry)
    assert (again.action, in_use(registry)) == ("kept", 1)
    assert "was put back into use" in again.reason


def test_each_further_test_of_a_model_is_harder_to_win(registry):
    levels = [run(registry, SAME_Y[: n or None], SAME_NEW[: n or None]).test.level
              for n in (500, 550, 0)]  # fmt: skip
    assert levels == pytest.approx([0.05 / 2, 0.05 / 6, 0.05 / 12])


class Killed(BaseException):
    pass


def killer(*_, **__):
    raise Killed


# What does not return, in the first call.
KILLED_AT = {
    "while training": "new_estimator",
    "before the training is recorded": "Work._log_trained",
    "before the test": "paired_test",
    "before the decision": "conclude",
    "before the alias moves": "move_alias",
}


@pytest.mark.parametrize("moment", KILLED_AT)
def test_killed_at_any_point_a_second_call_goes_on(registry, monkeypatch, moment):
    name = KILLED_AT[moment]
    room = "_retrain" if name == "conclude" else "_work"
    with monkeypatch.context() as patch:
        patch.setattr(f"keraswrap.retraining.{room}.{name}", killer)
        with pytest.raises(Killed):
            run(registry)
    done = run(registry)
    assert (done.action, in_use(registry)) == ("replaced", 2)
    assert len(registry.versions(NAME)) == 2
    assert sorted(set(kinds(registry))) == sorted(kinds(registry)) == sorted(STEPS)


def test_killed_between_the_aliases_a_second_call_goes_on(registry, monkeypatch):
    real = type(registry).set_alias

    def once(self, name, alias, version=None):
        real(self, name, alias, version)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(registry), "set_alias", once)
        with pytest.raises(Killed):
            run(registry)
    assert (run(registry).action, in_use(registry)) == ("replaced", 2)
    assert registry.get(NAME, "previous").version == 1


def test_a_model_that_came_into_use_meanwhile_stays(registry, monkeypatch):
    real = work.decide

    def meanwhile(*given):
        register(net(5).fit(X, Y), NAME, registry, alias="champion")
        return real(*given)

    monkeypatch.setattr(work, "decide", meanwhile)
    kept = run(registry)
    assert (kept.action, in_use(registry)) == ("kept", 3)
    assert "version 3 has come into use meanwhile" in kept.reason


def test_too_few_new_rows_are_said_to_be_too_few(registry):
    kept = run(registry, None, X_NEW[:8])
    assert kept.action == "kept"
    assert "takes at least 6" in kept.reason


def test_training_may_be_asked_for_without_a_monitor(registry):
    done = retrain_if(NAME, registry, X, Y, X_NEW, Y_NEW, when="always", estimator=net(), **EFFORT)
    assert (done.action, done.drift) == ("replaced", None)


def test_the_monitor_is_given_labels_of_random_rows_only(registry):
    asked = run(registry, None).wanted
    seen = []
    monitor = Monitor("no sign")
    monitor.check = lambda X, y=None: seen.append(y) or Monitor("no sign").check(X)
    run(registry, labels_of(asked), monitor=monitor)
    there = np.flatnonzero([label is not None for label in seen[0]])
    assert there.tolist() == sorted(asked.rows[asked.for_test].tolist())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"monitor": None, "when": "drift"}, ParameterError, "Expected a fitted DriftMonitor"),
        ({"estimator": None}, ParameterError, "has no build function"),
        ({"y_new": ["up"]}, InputError, "Expected y_new for each of 600 rows"),
        ({"y_new": [1] * 600}, InputError, "of the kind of the old ones"),
        ({"X_new": []}, InputError, "Expected rows in X_new, got none"),
        ({"alpah": 0.1}, ParameterError, "Did you mean 'alpha'"),
        ({"held_out": X}, InputTypeError, "Expected held_out as"),
        ({"unclear": [True]}, InputError, "Expected unclear as True or False"),
    ],
)
def test_bad_input_is_refused_before_any_work(registry, change, error, message):
    given = {"monitor": Monitor(), "estimator": net(), "X_new": X_NEW, **change}
    with pytest.raises(error, match=message):
        retrain_if(NAME, registry, X, Y, **given)
    assert kinds(registry) == []


def test_a_model_of_numbers_is_refused(registry):
    model = KerasWrapperRegressor(regressor, random_state=0).fit(X, X[:, 0])
    register(model, NAME, registry, alias="champion")
    with pytest.raises(InputTypeError, match="Expected a classifier as 'signs'"):
        run(registry)
