from keraswrap.retraining._history import (
    KEPT,
    REPLACED,
    TESTED,
    count_tests,
    decision_on,
    find_event,
    unfinished,
)
from keraswrap.tracking import Event


def events(*told):
    return [Event("m", kind, "2026-01-01", facts) for kind, facts in told]


def facts(key="k1", champion=1, challenger=2, **more):
    return {"retraining": key, "inputs": f"i-{key}", "champion": champion,
            "challenger": challenger, **more}  # fmt: skip


def test_a_test_without_a_decision_is_unfinished():
    seen = events((TESTED, facts()), (KEPT, facts()), (TESTED, facts("k2", replace=True)))
    assert unfinished(seen)["replace"]
    assert unfinished(seen[:2]) is None


def test_tests_of_other_models_do_not_count():
    seen = events((TESTED, facts()), (TESTED, facts()), (TESTED, facts("k2")),
                  (TESTED, facts("k3", champion=2)))  # fmt: skip
    assert (count_tests(seen, 1), count_tests(seen, 2)) == (2, 1)


def test_a_decision_holds_for_the_model_that_it_put_into_use_too():
    seen = events((TESTED, facts()), (REPLACED, facts()))
    assert [decision_on(seen, "i-k1", version) is None for version in (1, 2, 3)] == [
        *(False, False, True)
    ]


def test_what_was_kept_without_a_test_is_decided_again():
    assert decision_on(events((KEPT, facts())), "i-k1", 1) is None


def test_the_last_event_counts():
    seen = events((KEPT, facts(reason="a")), (KEPT, facts(reason="b")))
    assert find_event(seen, KEPT, "k1")["reason"] == "b"
