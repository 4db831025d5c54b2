"""The block of a transformer that is timed."""

from keraswrap._engine import step_benchmark


def test_the_block_is_really_timed():
    seconds = step_benchmark.time_steps(["float32", "mixed_bfloat16"], jit=False)
    assert set(seconds) == {"float32", "mixed_bfloat16"}
    assert all(0 < value < 60 for value in seconds.values())
