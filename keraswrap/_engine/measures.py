"""Build the losses and metrics of a net before its step is traced.

Keras builds them in the first step. A trace that makes variables is thrown away, and the step
is traced a second time: half of what the first epoch of a net with metrics, or with several
outputs, takes.
"""

from __future__ import annotations

import keras

from keraswrap._engine.batches import Batches

__all__ = ["build_measures"]


def build_measures(net: keras.Model, batches: Batches) -> None:
    """Build what is unbuilt, if the shapes of targets and outputs are known.

    Parameters
    ----------
    net : keras.Model
        Compiled.
    batches : Batches
        What it is trained or evaluated on.
    """
    found = [getattr(net, name, None) for name in ("_compile_loss", "_compile_metrics")]
    unbuilt = [one for one in found if one is not None and not getattr(one, "built", True)]
    outputs = getattr(net, "_outputs_struct", None)  # a net of its own class has none
    for one in unbuilt if outputs is not None else ():
        try:
            one.build(batches.target_specs(), outputs)
        except Exception:  # Keras tells what is wrong in the first step, from the step's values
            one.built = False
