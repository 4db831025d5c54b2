"""The steps of one retraining: recorded once, and not done again."""

from dataclasses import replace

import pytest
from model_stubs import stub
from retrained import kinds, net

from keraswrap.retraining._history import CHECKED, KEPT, REPLACED, TESTED, TRAINED
from keraswrap.retraining._inputs import read_inputs
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.retraining._work import Work, attempt_of, conclude, identify
from keraswrap.tracking import open_registry, register

NAME, SETTINGS = "signs", RetrainingSettings(alpha=0.05)
ROWS = read_inputs(["a", "b"], [0, 1], ["c"], [1])


@pytest.fixture
def registry(tmp_path, model_files):
    made = open_registry(tmp_path / "registry.sqlite")
    register(model_files[0], NAME, made, alias="champion")
    register(model_files[1], NAME, made)
    return made


@pytest.fixture(scope="module")
def model_files(tmp_path_factory):
    """Two files that a registry takes, made without a fit."""
    folder = tmp_path_factory.mktemp("models")
    return [stub(folder, number) for number in range(3)]


@pytest.fixture
def work(registry):
    champion = registry.get(NAME, "champion")
    return Work(registry, attempt_of("inputs", champion), champion, None, ROWS, SETTINGS)


def won(registry, replaces=True):
    facts = attempt_of("inputs", registry.get(NAME, 1)).facts()
    return {**facts, "challenger": 2, "replace": replaces, "reason": "It won."}


def test_a_retraining_is_known_by_rows_settings_estimator_and_model_in_use(work):
    other = read_inputs(["a", "b"], [0, 1], ["c"], [0])
    keys = {
        identify(ROWS, SETTINGS, None),
        identify(other, SETTINGS, None),
        identify(ROWS, replace(SETTINGS, alpha=0.01), None),
        identify(ROWS, SETTINGS, net()),
        identify(ROWS, SETTINGS, net(seed=1)),
    }
    assert len(keys) == 5
    assert identify(ROWS, SETTINGS, net()) == identify(ROWS, SETTINGS, net())
    first = attempt_of("inputs", work.champion)
    second = attempt_of("inputs", work.registry.get(NAME, 2))
    assert first == work.attempt
    assert (first.inputs, first.key != second.key) == (second.inputs, True)


def test_a_step_is_recorded_once(work):
    work.log_check(None, [])
    work.log_check(None, ["later"])
    assert kinds(work.registry) == [CHECKED]
    facts = work.seen(CHECKED)
    assert (facts["signs"], facts["rows_new"], facts["settings"]["alpha"]) == ([], 1, 0.05)
    assert facts["champion_sha256"] == work.champion.sha256
    assert work.seen(TRAINED) is None


def test_the_level_falls_with_each_test_that_the_model_has_stood(work):
    assert work.level() == pytest.approx(0.05 / 2)
    work.log(TESTED, {})
    assert work.level() == pytest.approx(0.05 / 2)  # its own
    for number in (2, 3):
        other = {"retraining": f"k{number}", "champion": 1}
        work.registry.log_event(NAME, TESTED, other)
        assert work.level() == pytest.approx(0.05 / (number * (number + 1)))


@pytest.mark.parametrize(("replaces", "action", "version"), [(True, "replaced", 2),
                                                             (False, "kept", 1)])  # fmt: skip
def test_what_a_test_decided_is_done(registry, replaces, action, version):
    assert conclude(registry, NAME, "champion", won(registry, replaces)) == (action, "It won.")
    assert registry.get(NAME, "champion").version == version
    assert kinds(registry) == [REPLACED if replaces else KEPT]


def test_killed_before_it_was_recorded_it_is_recorded(registry):
    registry.set_alias(NAME, "champion", 2)
    assert conclude(registry, NAME, "champion", won(registry))[0] == "replaced"
    assert kinds(registry) == [REPLACED]


def test_a_model_that_was_not_tested_against_stays(registry, model_files):
    register(model_files[2], NAME, registry, alias="champion")
    action, reason = conclude(registry, NAME, "champion", won(registry))
    assert (action, registry.get(NAME, "champion").version) == ("kept", 3)
    assert reason == ("Version 2 won against version 1, but version 3 has come into use "
                      "meanwhile, which it was not tested against.")  # fmt: skip
