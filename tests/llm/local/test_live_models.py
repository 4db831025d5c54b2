"""One net for each checkpoint and process, until it is let go."""

import pickle

from causal import write_causal

from keraswrap.llm import KerasHubLM, load_model, release_models
from keraswrap.llm.local._live_models import nets


def test_one_live_model_a_name_and_process(tmp_path, monkeypatch):
    folder = write_causal(tmp_path / "m")
    model = load_model(folder)
    assert isinstance(model, KerasHubLM)
    assert load_model(str(folder)) is model
    assert load_model(folder, dtype="bfloat16") is not model
    monkeypatch.chdir(tmp_path)
    assert load_model("m") is model
    assert pickle.loads(pickle.dumps(model)) is model


def test_a_checkpoint_that_was_changed_is_loaded_anew(tmp_path):
    folder = write_causal(tmp_path / "m")
    model = load_model(folder)
    write_causal(folder, seed=5)
    again = load_model(folder)
    assert again is not model
    assert again.fingerprint != model.fingerprint


def test_models_are_let_go(tmp_path):
    net = load_model(write_causal(tmp_path / "m"))._net
    first = id(net)
    del net
    release_models()
    assert first not in {id(kept) for kept in nets._known.values()}
