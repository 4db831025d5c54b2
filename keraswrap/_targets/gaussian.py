"""Numbers with a normal distribution each: the net also predicts its uncertainty."""

from __future__ import annotations

import numpy as np

from keraswrap._targets.cells import require_shape
from keraswrap._targets.head import SCALE_FLOOR, Head, Output
from keraswrap._targets.numbers import Numbers
from keraswrap.exceptions import BuildError


class Gaussian(Numbers):
    """Numbers for which the net outputs the mean, and the scale before a softplus.

    For c columns there are 2c output units: c means, then c scales.
    """

    kind = "gaussian"

    @property
    def units(self) -> int:
        return 2 * self.columns

    def settle_output(self, output: Output) -> Head:
        wanted = (*self.shape[:-1], self.units)
        require_shape(output, wanted, f"a mean and a scale for each of {self.columns} column(s)")
        loss = output.look().loss
        if loss is not None:
            raise BuildError(
                f"Expected no loss with target='gaussian', which has its own, got {loss!r:.60}. "
                "Leave it out of compile_kwargs."
            )
        each = "number" if self.gaps else None
        return Head("numbers", "gaussian", self.columns, "gaussian_likelihood", each=each)

    def to_numbers(self, raw: np.ndarray) -> np.ndarray:
        return super().to_numbers(raw[..., : self.columns])

    def to_scales(self, raw: np.ndarray) -> np.ndarray:
        scale = np.logaddexp(0.0, raw[..., self.columns :].astype("float64")) + SCALE_FLOOR
        return super().to_numbers(scale)
