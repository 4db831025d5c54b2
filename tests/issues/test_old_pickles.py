"""Pickles of version 0.1 name modules that have moved since."""

import pickle

import pytest

from keraswrap import issues, report

OLD = {
    "issues.cleaning": ["CleanClassifier"],
    "issues.estimates": ["NoiseEstimates"],
    "issues.findings": ["Finding", "RowIssues"],
    "issues.strategies": ["Action"],
    "issues.table": ["LabelIssues"],
    "issues.annotators": ["Consensus"],
    "issues.corrections": ["Corrected"],
    "report.notes": ["RowNotes"],
    "report.report": ["LabelReport"],
}


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in OLD.items() for n in names])
def test_a_class_is_found_where_it_was(module, name):
    found = pickle.loads(f"ckeraswrap.{module}\n{name}\n.".encode())
    assert found is getattr(issues, name, None) or found is getattr(report, name)
