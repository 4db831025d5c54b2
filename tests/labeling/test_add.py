"""Labels by people are added to a table: passed, decided on a page, or exported elsewhere."""

import json

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import hash_data
from keraswrap.labeling import add_people, label_texts
from keraswrap.labeling._add import read_decided
from keraswrap.labeling._ask import NO_LABEL

N = 300
TEXTS = [f"{word} {n}" for n in range(N // 2) for word in ("fine", "broke")]
TRUTH = np.array(["good", "bad"] * (N // 2))
SURE = 0.5 + 0.49 * np.random.default_rng(0).random(N)
PROBA = np.where(TRUTH[:, None] == ["bad", "good"], SURE[:, None], 1 - SURE[:, None])


@pytest.fixture
def table():
    X = pd.Series(TEXTS, [f"r{n}" for n in range(N)])
    return label_texts(X, {"model": PROBA}, classes=["bad", "good"])


def test_labels_are_added_by_name_and_contradictions_refused(table):
    one = pd.DataFrame({"ann": np.where(np.arange(N) < 20, TRUTH, None)})
    first = add_people(table, one, audit=np.arange(N) < 20)
    assert (first.audit.sum(), (first.source == "people").sum()) == (20, 20)
    more = pd.DataFrame({"ann": np.where(np.arange(N) < 40, TRUTH, None)})
    second = add_people(first, more)
    assert (second.audit.sum(), (second.source == "people").sum()) == (20, 40)
    with pytest.raises(InputError, match="one label of a row by 'ann'"):
        add_people(second, more.replace({"good": "bad"}))
    with pytest.raises(InputError, match=r"classes .* got \['ugly'\]"):
        add_people(second, ["ugly"] + [None] * (N - 1))
    with pytest.raises(InputError, match="audit as True for rows drawn at random"):
        add_people(table, one, audit=np.ones(N, bool))


def test_the_last_open_rows_are_filled_in_and_nothing_else_changes(table):
    some = add_people(table, np.where(np.arange(N) % 2, TRUTH, None), audit=np.arange(N) % 2 == 1)
    rest = np.where(some.open, TRUTH, None)
    full = add_people(some, rest, relearn=False)
    assert not full.open.any()
    assert (full.source[some.source == "machine"] == "machine").all()
    assert full.acceptance == some.acceptance
    tied = add_people(some, pd.DataFrame({"bob": [None, "good"] + [None] * (N - 2)}), relearn=False)
    assert (tied.codes[1], tied.why[1]) == (-1, "people disagree")
    with pytest.raises(ParameterError, match="relearn=True with an audit"):
        add_people(some, rest, audit=some.open, relearn=False)


def small(ids=("a", "b", "c"), classes=(1, 2), **given):
    X = pd.Series(["one", "two", "three"], list(ids))
    return label_texts(X, {"rule": [1, 2, None]}, classes=list(classes), **given)


@pytest.mark.parametrize("relearn", [True, False])
def test_a_person_s_label_costs_once_however_often_it_is_added(relearn):
    table = small(prices={"people": 3.0, "rule": 0.5})
    once = add_people(table, pd.DataFrame({"ann": [2, None, None]}), relearn=relearn)
    assert once.cost.tolist() == [3.5, 0.5, 0.5]
    twice = add_people(once, pd.DataFrame({"ann": [2, 1, None], "bob": [2, None, None]}))
    assert twice.cost.tolist() == [6.5, 3.5, 0.5]
    assert twice.people.to_dict("list") == {"ann": [2, 1, None], "bob": [2, None, None]}
    assert twice.label.tolist() == [2, 1, None]
    assert table.people.shape == (3, 0)


DECIDED = pd.DataFrame(
    [["a", "relabel", "2"], ["b", "keep", ""], ["c", "ambiguous", ""]],
    columns=["row_id", "action", "new_label"],
)


def test_decisions_become_labels_of_the_classes_own_type():
    table = small()
    X = pd.Series(table.texts, table.row_ids)
    hashed = hash_data(X, pd.Series(NO_LABEL, X.index))
    decided = DECIDED.assign(given_label=NO_LABEL, data_hash=hashed)
    both = [decided, decided.assign(reviewer="ann")]
    labels, unclear = read_decided(table, X, NO_LABEL, both)
    assert labels.to_dict("list") == {"reviewer 1": [2, None, None], "ann": [2, None, None]}
    # The words for no label are no label, accepted or not.
    assert unclear.tolist() == [False, True, True]


def written(path, records):
    path.write_text(json.dumps(records), "utf-8")
    return path


def task(text, label, person="ann", **ids):
    told = {"type": "choices", "value": {"choices": [label]}}
    annotation = {"result": [told], "completed_by": {"email": person}}
    return {"id": 1, "data": {"text": text, **ids}, "annotations": [annotation]}


def test_an_export_is_matched_by_ids_or_else_by_texts_that_differ(tmp_path):
    by_id = [task("changed", "1", row_id="c"), task("one", "2", row_id="a")]
    found = add_people(small(), written(tmp_path / "a.json", by_id))
    assert found.people.to_dict("list") == {"ann": [2, None, 1]}
    found = add_people(small(), written(tmp_path / "b.json", [task("two", "2", "bob")]))
    assert found.people.to_dict("list") == {"bob": [None, 2, None]}
    twins = label_texts(["x", "x"], {"rule": [1, 2]})
    with pytest.raises(InputError, match=r"known by the column 'row_id' or by texts that differ"):
        add_people(twins, written(tmp_path / "c.json", [task("x", "2")]))


@pytest.mark.parametrize("number", [int, float, str])
def test_ids_that_are_numbers_match_however_a_file_writes_them(tmp_path, number):
    tasks = [task("?", "2", row_id=number(2)), task("?", "1", row_id=number(1))]
    found = add_people(small([1, 2, 3]), written(tmp_path / "a.json", tasks))
    assert found.people["ann"].tolist() == [1, 2, None]
