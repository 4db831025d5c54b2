"""How a server is set up, hears signals, and ends."""

import signal
import sys
from types import SimpleNamespace as Some

import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.serving import ServingAccess, ServingLimits, serve_model
from keraswrap.serving._server import _Running, _taking_turns, make_server

pytest.importorskip("uvicorn")


def running(model="a model"):
    """A server that does not run, and what it was told."""
    woken = []
    holder = Some(model=model, wake=lambda: woken.append(True))
    service = Some(holder=holder, limits=ServingLimits(), stopping=False)
    return _Running(service, Some(should_exit=False, force_exit=False), None), woken


def test_uvicorn_tells_nothing_of_itself_and_leaves_signals_alone(monkeypatch):
    monkeypatch.setattr("keraswrap.serving._server.gated", lambda *given: given)
    server = make_server(Some(limits=ServingLimits(stop_seconds=3)), ServingAccess(), "127.0.0.1")
    assert not server.config.server_header
    assert not server.config.access_log
    assert not server.config.proxy_headers
    assert server.config.timeout_graceful_shutdown == 4
    with server.capture_signals() as captured:
        assert captured is None


def test_a_hangup_looks_for_a_model_and_stops_nothing():
    one, woken = running()
    one._hear(signal.SIGHUP, None)
    assert (woken, one._told, one._woken.is_set()) == ([True], [], False)


def test_a_second_signal_does_not_wait_for_clients():
    one, _ = running()
    one._hear(signal.SIGTERM, None)
    one.server.should_exit = True
    assert (one._told, one.server.force_exit) == ([signal.SIGTERM], False)
    one._hear(signal.SIGTERM, None)
    assert one.server.force_exit


def test_nothing_is_waited_for_while_the_model_is_loaded():
    one, _ = running(model=None)
    with pytest.raises(KeyboardInterrupt):
        one._hear(signal.SIGINT, None)


def test_signals_and_turns_are_as_before():
    before = [signal.getsignal(signal.SIGTERM), sys.getswitchinterval()]
    one, _ = running()
    with one._hearing(), _taking_turns():
        assert signal.getsignal(signal.SIGTERM) == one._hear
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    assert [signal.getsignal(signal.SIGTERM), sys.getswitchinterval()] == before


def test_what_cannot_be_served_is_told_before_it_listens(tmp_path, estimator, capsys):
    with pytest.raises(InputError, match="which is not there"):
        serve_model(tmp_path / "none.keraswrap", port=0)
    with pytest.raises(ParameterError, match="Expected seconds above 0 for watch, got watch=0"):
        serve_model(estimator, port=0, watch=0)
    with pytest.raises(ParameterError, match="expose"):
        serve_model(estimator, "0.0.0.0", port=0)
    assert capsys.readouterr().out == ""
