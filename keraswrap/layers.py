"""Keras layers that nets for scikit-learn may hold.

Registered by name, so that files and models hold them without code.
"""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["PaddingMask"]


@keras.saving.register_keras_serializable("keraswrap")
class PaddingMask(keras.Layer):
    """The mask of rows of token ids: 1 for a token, 0 for padding.

    It also tells the wrappers what padding is. Where a net reads ids of any
    length, ``keras.Input((None,), dtype="int32")``, through this layer, batches
    are made of rows of similar length and cut to the longest of them. Whatever
    else the net needs of the same length (segments, positions) it must derive
    from the ids.

    Parameters
    ----------
    pad_id : int, default=0
        The id that fills rows up at their end.
    **kwargs
        ``name`` and ``dtype``, as for any layer.

    Examples
    --------
    >>> import numpy as np
    >>> np.asarray(PaddingMask(pad_id=0)(np.array([[5, 7, 0]]))).tolist()
    [[1, 1, 0]]
    """

    def __init__(self, pad_id: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pad_id = int(pad_id)

    def call(self, ids: Any) -> Any:
        """Give int32 zeros and ones of the shape of `ids`."""
        return keras.ops.cast(keras.ops.not_equal(ids, self.pad_id), "int32")

    def compute_output_spec(self, ids: Any) -> Any:
        """Give the shape and dtype of what `call` gives."""
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self) -> dict[str, Any]:
        """Give what the layer is made again from."""
        return {**super().get_config(), "pad_id": self.pad_id}
