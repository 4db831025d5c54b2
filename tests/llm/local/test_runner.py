"""Runners of either backend: going on from a cache gives the numbers of plain numpy."""

import numpy as np
import pytest
from causal import numpy_log_probs, write_causal

from keraswrap.llm import KerasHubLM, TransformersLM
from keraswrap.llm.local._packing import whole_lengths

rng = np.random.default_rng(0)
IDS = rng.integers(3, 300, 12)


@pytest.fixture(scope="module", params=["keras_hub", "torch"])
def made(request, tmp_path_factory):
    pytest.importorskip(request.param)
    folder = write_causal(tmp_path_factory.mktemp(request.param), "qwen2")
    model = (KerasHubLM if request.param == "keras_hub" else TransformersLM)(folder)
    return folder, model._net.scorer(None, True).runner


def run(runner, cache, ids, asked):
    """Run rows after a cache, and ask for one token after the last ones of each."""
    targets = np.array(asked)[..., None]
    return runner.extend(cache, np.array(ids), targets, whole_lengths(np.array(ids)))


def test_a_cache_is_cut_and_gone_on_from(made):
    folder, runner = made
    expected = numpy_log_probs(folder, IDS)
    _, _, cache = run(runner, runner.empty(), [IDS[:7]], [[1]])
    found, likeliest, longer = run(runner, runner.cut(cache, 4), [IDS[4:]], [[5, 6, 7]])
    np.testing.assert_allclose(found[0, :, 0], expected[[-3, -2, -1], [5, 6, 7]], atol=1e-4)
    assert likeliest.tolist() == [expected[-1].argmax()]
    again, _, _ = run(runner, longer, [[9]], [[4]])
    np.testing.assert_allclose(again, numpy_log_probs(folder, [*IDS, 9])[-1, 4], atol=1e-4)


def test_rows_of_a_cache_are_taken_and_each_is_followed_by_several(made):
    folder, runner = made
    starts = np.array([IDS[:5], IDS[5:10]])
    cache = runner.take(run(runner, runner.empty(), starts, [[1], [1]])[2], np.array([1, 0]))
    ends = [[4, 5], [6, 7], [8, 9], [10, 11]]
    found, _, _ = run(runner, cache, ends, [[3]] * 4)
    for row, (start, end) in enumerate(zip([1, 1, 0, 0], ends, strict=True)):
        expected = numpy_log_probs(folder, [*starts[start], *end])[-1, 3]
        assert found[row, 0, 0] == pytest.approx(expected, abs=1e-4)


def test_what_fills_short_rows_up_is_of_no_matter(made):
    folder, runner = made
    ids = np.array([IDS[:6], [*IDS[6:9], 0, 0, 0]])
    targets = np.full((2, 2, 1), 8)
    found, _, _ = runner.extend(runner.empty(), ids, targets, np.array([6, 3]))
    for row, own in enumerate((IDS[:6], IDS[6:9])):
        expected = numpy_log_probs(folder, own)[-2:, 8]
        np.testing.assert_allclose(found[row, :, 0], expected, atol=1e-4)


def test_longer_rows_leave_room_for_fewer(made):
    _, runner = made
    few, many, asked = (runner.most_rows(*row) for row in ((400, 10, 1), (40, 10, 1), (40, 10, 5)))
    # Each row takes bytes by its tokens, and three float32 scores of each word where it is asked.
    scores = 12 * runner.n_vocabulary
    room = scores * 4 / (1 / asked - 1 / many)
    token = (room / many - scores) / 40
    assert few == pytest.approx(room / (400 * token + scores), rel=0.01)
    assert 0 < few < many
    assert asked < many
