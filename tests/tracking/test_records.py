"""What a registry holds are values, and bytes are not shown."""

from dataclasses import FrozenInstanceError, fields

import pytest
from model_stubs import stub

from keraswrap.model_files import read_file_info
from keraswrap.tracking._records import Event, NewRun, NewVersion, RegisteredModel, TrackedRun


@pytest.fixture
def info(tmp_path):
    return read_file_info(stub(tmp_path))


def test_what_is_to_be_stored_is_shown_without_its_bytes(info):
    new = NewVersion("m", b"secret bytes", info, {}, {}, None, None, "", False)
    run = NewRun("m", {}, {}, {"report.html": b"secret bytes"})
    assert "secret" not in f"{new!r} {run!r}"
    assert "name='m'" in repr(new)


def test_a_version_is_equal_to_itself_read_again(info):
    one, again = (
        RegisteredModel("m", 1, ("champion",), info.sha256, "2026-01-01", {"f1": 0.5}, {}, None,
                        "", info)
        for _ in range(2)
    )  # fmt: skip
    assert one == again
    with pytest.raises(FrozenInstanceError, match="version"):
        one.version = 2


def test_runs_may_have_no_files():
    assert TrackedRun("r1", "m", "2026-01-01", {}, {}).files == ()
    assert [field.name for field in fields(Event)] == ["name", "kind", "created", "facts"]
