"""What a registry loads."""

import pytest
from model_stubs import stub_bytes

from keraswrap.exceptions import ParameterError, SavedFileError
from keraswrap.tracking._loading import estimator_from


def test_no_pickle_is_trusted():
    with pytest.raises(ParameterError, match="Expected no trust_pickle"):
        estimator_from(stub_bytes(), None, {"trust_pickle": True})


def test_a_file_that_is_none_is_told():
    with pytest.raises(SavedFileError, match="corrupt"):
        estimator_from(stub_bytes(), None, {})
