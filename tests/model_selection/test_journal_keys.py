"""What a journal goes by: contents, wherever they are, and nothing that cannot be known again."""

import numpy as np
import pytest

from keraswrap.data import row_view
from keraswrap.exceptions import InputError
from keraswrap.model_selection._journal_keys import journal_parts, params_key


def test_rows_in_a_file_are_known_by_what_they_hold(tmp_path):
    rows = np.arange(30.0).reshape(10, 3)
    in_memory, in_file, other = (
        row_view(iter([each]), batched=True, folder=folder).X
        for each, folder in ((rows, None), (rows, tmp_path), (rows + 1, tmp_path))
    )
    keys = [journal_parts(X=view)["X"] for view in (in_memory, in_file, other, in_file[:5])]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_equal_parameters_share_a_key_in_any_order():
    assert params_key({"a": 1, "b": [2.0]}) == params_key({"b": [2.0], "a": 1})
    assert params_key({"a": 1}) != params_key({"a": 2})


@pytest.mark.parametrize(
    "ask", [lambda: params_key({"a": iter([1])}), lambda: journal_parts(fit_parameters=iter([1]))]
)
def test_what_cannot_be_known_again_is_refused(ask):
    with pytest.raises(InputError, match=r"in another process, got (a=|fit parameters)"):
        ask()
