"""Models of keras-hub that cannot go on from a cache are refused when they are studied."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError
from keraswrap.llm.local._keras_runner import KerasRunner

keras_hub = pytest.importorskip("keras_hub")


def make(call=None, dtype="float32"):
    kind = type(
        "Changed", (keras_hub.models.GPT2CausalLM,), {"call_with_cache": call} if call else {}
    )
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}
    model = kind(keras_hub.models.GPT2Backbone(50, max_sequence_length=40, dtype=dtype, **sizes))
    rng = np.random.default_rng(0)  # as they are made, weights are too small to tell
    model.set_weights([rng.normal(0, 0.4, weight.shape) for weight in model.weights])
    return model


def forgets(self, token_ids, cache, cache_update_index):
    return keras_hub.models.GPT2CausalLM.call_with_cache(self, token_ids, cache, 0)


def has_none(self, token_ids):
    raise AssertionError("not reached: it takes other arguments")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (forgets, "is exact, got Changed, which says .* at once and .* in two pieces"),
        (has_none, "got Changed: .*takes 2 positional arguments"),
    ],
)
def test_a_cache_of_another_kind_is_refused(call, message):
    with pytest.raises(InputError, match=f"cache of keys and values,? {message}"):
        KerasRunner(make(call))


@pytest.mark.parametrize(("dtype", "size"), [("float32", 4), ("bfloat16", 2)])
def test_memory_is_counted_in_the_precision_of_the_weights(dtype, size):
    runner = KerasRunner(make(dtype=dtype))
    assert runner.n_bytes == size * sum(int(np.prod(w.shape)) for w in runner.model.weights)
    # Keys and values of 16 numbers in each of two layers.
    assert runner._token_bytes == 2 * 2 * 16 * size
    assert runner.is_exact == (dtype == "float32")
