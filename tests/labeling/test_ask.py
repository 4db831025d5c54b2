"""Rows for people: random ones measure, the least sure teach, and decisions come back."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import write_decisions
from keraswrap.labeling import (
    add_people,
    ask_people,
    estimate_share,
    export_labels,
    label_texts,
)
from keraswrap.labeling._ask import NO_LABEL

N = 300
TEXTS = [f"{word} {n}" for n in range(N // 2) for word in ("fine", "broke")]
TRUTH = np.array(["good", "bad"] * (N // 2))
SURE = 0.5 + 0.49 * np.random.default_rng(0).random(N)
PROBA = np.where(TRUTH[:, None] == ["bad", "good"], SURE[:, None], 1 - SURE[:, None])


@pytest.fixture
def table():
    return label_texts(
        pd.Series(TEXTS, [f"r{n}" for n in range(N)]), {"model": PROBA}, classes=["bad", "good"]
    )


def decide(asked, rows, reviewer="ann", action="relabel", labels=None):
    said = TRUTH[asked.rows[rows]] if labels is None else labels
    return pd.DataFrame(
        {
            "row_id": asked.table.row_ids[asked.rows[rows]],
            "given_label": NO_LABEL,
            "action": action,
            "new_label": said if action == "relabel" else "",
            "reviewer": reviewer,
            "data_hash": asked.report.issues.provenance["data_hash"],
        }
    )


def test_a_part_is_random_and_the_rest_is_what_is_least_sure(table):
    asked = ask_people(table, 50, audit=0.2)
    assert repr(asked) == "Questions(50 rows, 10 at random)"
    chosen = asked.rows[~asked.random]
    rest = np.setdiff1d(np.arange(N), asked.rows)
    assert SURE[chosen].max() < SURE[rest].min()
    draws = [ask_people(table, 50, random_state=seed) for seed in range(60)]
    counts = np.bincount(np.concatenate([one.rows[one.random] for one in draws]), minlength=N)
    assert counts.sum() == 600
    assert counts.max() < 12  # 2 are expected of each row


def test_people_see_no_label_of_a_model_on_the_page(table, tmp_path):
    asked = ask_people(table, 20)
    rows = asked.report.summary["worklist"]
    assert rows["position"] == list(range(20))
    assert rows["text"] == asked.texts.tolist()
    assert len({*rows["given"], *rows["suggested"]}) == 1
    (page,) = asked.save(tmp_path / "questions.html")
    html = page.read_text("utf-8")
    assert '<body class="unlabeled">' in html
    assert "20 rows to label" in html
    assert asked.report.summary["alerts"] == []


def test_rows_that_were_left_out_end_the_audit_and_unclear_ones_count_as_wrong(table):
    asked = ask_people(table, 100, audit=1.0)
    rows = np.delete(np.arange(100), 60)
    found = asked.add(decide(asked, rows))
    assert found.audit.sum() == 60
    assert found.people["ann"].notna().sum() == 99
    hard = pd.concat([decide(asked, rows), decide(asked, [60], action="ambiguous")])
    told = asked.add(hard)
    assert told.audit.sum() == 100
    assert told.acceptance.n_audit == 100
    assert told.why[asked.rows[60]] == "people disagree"


def test_chosen_rows_enter_a_later_audit_only_by_lot(table):
    asked = ask_people(table, 100, audit=0.0)
    taught = asked.add(decide(asked, np.arange(100)))
    assert taught.audit.sum() == 0
    assert set(taught.why[taught.open]) == {"not measured"}
    more = ask_people(taught, 60, audit=1.0)
    assert not np.isin(more.rows, asked.rows).any()
    # A third of the rows are known already: so is about a third of the draw.
    assert 20 <= np.isin(more.draw, asked.rows).sum() <= 40
    found = more.add(decide(more, np.arange(60)))
    assert np.flatnonzero(found.audit).tolist() == sorted(more.draw.tolist())


def test_what_cannot_be_asked_is_refused(table):
    with pytest.raises(ParameterError, match="budget as a whole number"):
        ask_people(table, 0)
    for audit in (20, "half", None, np.nan):
        with pytest.raises(ParameterError, match="audit as a share"):
            ask_people(table, 10, audit=audit)
    frame = table.to_pandas()
    for call in (
        lambda: ask_people(frame, 10),
        lambda: add_people(frame, TRUTH),
        lambda: estimate_share(frame),
        lambda: export_labels(frame, "never.json"),
    ):
        with pytest.raises(InputTypeError, match="a table from label_texts"):
            call()
    asked = ask_people(table, 10)
    with pytest.raises(InputTypeError, match="decisions as paths or DataFrames, got NoneType"):
        asked.add(None)
    with pytest.raises(InputError, match="hash"):
        asked.add(decide(asked, np.arange(10)).assign(data_hash="a1b2c3d4e5f60708"))
    with pytest.raises(InputError, match="ugly"):
        asked.add(decide(asked, np.arange(10), labels=["ugly"] * 10))


def test_files_by_one_person_may_not_contradict_each_other(table):
    asked = ask_people(table, 10)
    rows = np.arange(10)
    one, other = (decide(asked, rows, labels=[label] * 10) for label in ("good", "bad"))
    assert (asked.add([one, one]).source == "people").sum() == 10
    with pytest.raises(InputError, match="another one than before for 10 rows"):
        asked.add([one, other])
    assert (asked.add([one, other.assign(reviewer="bob")]).why == "people disagree").sum() == 10


def test_decisions_of_several_reviewers_come_back(table, tmp_path):
    asked = ask_people(table, 200, audit=1.0)
    first, second = decide(asked, np.arange(200)), decide(asked, np.arange(50), "bob")
    second.loc[0, "new_label"] = "bad" if first.loc[0, "new_label"] == "good" else "good"
    paths = [tmp_path / "ann.json", tmp_path / "bob.csv"]
    for frame, path in zip((first, second), paths, strict=True):
        write_decisions(frame, path)
    found = asked.add(paths)
    assert found.people.columns.tolist() == ["ann", "bob"]
    assert found.audit.sum() == 200
    assert found.why[asked.rows[0]] == "people disagree"
    assert (found.source == "machine").sum() > 20
    assert found.annotators["winning_rate"].notna().all()
    machine = found.source == "machine"
    assert (found.label[machine] == TRUTH[machine]).all()
