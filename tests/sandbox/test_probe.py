"""The look at the isolation itself, with a real one."""

from isolated import needs_isolation

from keraswrap._sandbox import find_isolation
from keraswrap._sandbox.probe import check_denied


@needs_isolation
def test_this_machine_is_seen_to_deny_a_file():
    isolation = find_isolation()
    check_denied(isolation)
    assert isolation.name.startswith("sandlock 0.9")
