"""Losses that Keras has none for, against scipy and the paper."""

import numpy as np
from keras import ops
from scipy.stats import norm

from keraswrap._engine.target_losses import GaussianLikelihood, OrderedCrossentropy

rng = np.random.default_rng(0)


def test_the_loss_is_the_likelihood_of_scipy():
    y, raw = rng.normal(size=(6, 2)), rng.normal(size=(6, 4))
    scale = np.log1p(np.exp(raw[:, 2:])) + 1e-6
    expected = -norm.logpdf(y, raw[:, :2], scale)
    for each, wanted in ((True, expected), (False, expected.mean(axis=1))):
        loss = GaussianLikelihood(each, dtype="float64")
        np.testing.assert_allclose(loss.call(ops.array(y), ops.array(raw)), wanted, rtol=1e-6)


def test_the_loss_is_corals():
    logits, y = rng.normal(size=(7, 3)), np.arange(7) % 4
    levels = (y[:, None] > np.arange(3)).astype(float)
    logs = np.log(1 / (1 + np.exp(-logits)))
    expected = -(logs * levels + (logs - logits) * (1 - levels)).sum(axis=1)
    loss = OrderedCrossentropy(from_logits=True, dtype="float64")
    np.testing.assert_allclose(loss.call(ops.array(y), ops.array(logits)), expected, rtol=1e-6)
