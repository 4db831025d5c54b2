"""How fits are run: said once for several calls, or by keyword."""

import numpy as np
import pytest
from classifiers import X, Y
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap.exceptions import ParameterError
from keraswrap.model_selection import RunSettings, cross_val_predict_proba

LINEAR = make_pipeline(StandardScaler(), LogisticRegression())


def test_settings_may_be_one_object_or_keywords(tmp_path):
    one, other = (tmp_path / name for name in ("one", "other"))
    settings = RunSettings(journal=one)
    found = cross_val_predict_proba(LINEAR, X, Y, settings=settings)
    np.testing.assert_array_equal(found, cross_val_predict_proba(LINEAR, X, Y, journal=one))
    cross_val_predict_proba(LINEAR, X, Y, settings=settings, journal=other)
    assert all(path.is_file() for path in (one, other))
    with pytest.raises(ParameterError, match=r"or a setting, got 'n_job'\. Did you mean 'n_jobs'"):
        cross_val_predict_proba(LINEAR, X, Y, n_job=2)
