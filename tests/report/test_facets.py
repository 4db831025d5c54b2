"""Columns as slices of the rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from keraswrap.report._details import Details
from keraswrap.report._facets import describe_facets, read_facet, read_facets

DAYS = pd.date_range("2026-01-01", periods=100)


@pytest.mark.parametrize(
    ("values", "kind", "slices"),
    [
        (["b", "a", "b", None], "values", ("b", "a", "(empty)")),
        ([10, 9, 10, 10], "number", ("9", "10")),
        (["1.5", "", "-2"], "number", ("-2", "1.5", "(empty)")),
        ([True, False, True], "values", ("True", "False")),
        (DAYS, "date", ("2026-01-01 to 2026-01-20", *["..."] * 3, "2026-03-22 to 2026-04-10")),
        (np.arange(50) / 4, "number", ("0.0 to 2.25", *["..."] * 3, "10.0 to 12.25")),
        ([0] * 90 + [*range(20)], "number", ("0", "1 to 19")),
        ([5] * 90 + [*range(5)] + [4.5] * 9 + [*np.arange(8) / 9], "number", ("...", "5")),
        ([f"v{k % 40}" for k in range(120)], "values", (*["..."] * 29, "(other values)")),
    ],
)
def test_columns_are_cut_into_slices(values, kind, slices):
    found = read_facet("column", list(values))
    assert found.kind == kind
    assert len(found.slices) == len(slices)
    assert all(said in ("...", name) for said, name in zip(slices, found.slices, strict=True))
    assert set(found.codes) == set(range(len(slices)))


@pytest.mark.parametrize("values", [["same"] * 9, [""] * 9, [f"text {k}" for k in range(40)]])
def test_columns_that_slice_nothing_are_none(values):
    assert read_facet("column", values) is None


def test_ranges_hold_the_rows_between_their_ends():
    values = np.random.default_rng(0).integers(1000, size=300)
    found = read_facet("n", values.tolist())
    ends = [tuple(map(int, name.split(" to "))) for name in found.slices]
    for value, code in zip(values, found.codes, strict=True):
        assert ends[code][0] <= value <= ends[code][1]
    assert np.bincount(found.codes).min() > 40


def test_an_id_slices_nothing_and_other_columns_know_their_place():
    details = pd.DataFrame({"id": ["a", "a", "b"], "text": ["x", "y", "y"]})
    assert [(one.name, one.column) for one in read_facets(Details(details, "id"))] == [("text", 1)]


def test_shares_are_those_of_a_count_and_a_slice_of_chance_stands_out_rarely():
    rng = np.random.default_rng(0)
    suspected = rng.random(2000) < 0.05
    out = 0
    for _ in range(100):
        facets = [read_facet(name, rng.choice(list("abcdefgh"), 2000)) for name in ("p", "q")]
        found = describe_facets(facets, suspected, np.arange(2000))
        out += any(slice_["stands_out"] for one in found for slice_ in one["slices"])
    assert out <= 10  # 5 expected at most
    codes = facets[0].codes
    for code, slice_ in enumerate(found[0]["slices"]):
        assert (slice_["n"], slice_["suspected"]) == (
            (codes == code).sum(),
            suspected[codes == code].sum(),
        )
        assert slice_["low"] <= suspected[codes == code].mean() <= slice_["high"]


def test_what_stands_out_is_what_fishers_test_says():
    facet = read_facet("from", ["web"] * 60 + ["shop"] * 140)
    for hits, out in ((6, False), (12, True)):
        suspected = np.r_[np.arange(60) < hits, np.arange(140) < 7]
        (found,) = describe_facets([facet], suspected, np.arange(200))
        web = next(one for one in found["slices"] if one["name"] == "web")
        p = stats.fisher_exact([[hits, 60 - hits], [7, 133]], "greater").pvalue
        assert web["stands_out"] == out == (2 * p < 0.05)


def test_the_page_gets_a_letter_for_each_row_in_its_order():
    (found,) = describe_facets([read_facet("x", ["q", "p", "q"])], np.zeros(3), np.array([2, 1]))
    assert found["codes"] == "AB"
