"""Compare each row of a batch with all others: rows with the same labels should be alike."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable("keraswrap")
class SupervisedContrastive(keras.losses.Loss):
    """The supervised contrastive loss of vectors, over all pairs within a batch.

    Parameters
    ----------
    temperature : float above 0, default=0.1
        Divides the cosine of two vectors; the lower it is, the more the most similar rows
        of other classes count.
    **kwargs
        As for ``keras.losses.Loss``.

    Notes
    -----
    Labels are zeros and ones of shape (n, k), outputs are vectors of shape (n, d). With
    the cosines s of all pairs and the share a of labels that two rows have in common (of
    those that one of them has), the loss of row i is

        -Σⱼ aᵢⱼ log( exp(sᵢⱼ / t) / Σₘ exp(sᵢₘ / t) ) / Σⱼ aᵢⱼ     over j, m ≠ i,

    and 0 if no row of the batch has a label in common with it. For one label per row it
    is the loss L_out of Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020,
    equation 2. A weight of a row weighs its own loss, not what it means to others.
    """

    def __init__(
        self, temperature: float = 0.1, name: str = "supervised_contrastive", **kwargs: object
    ):
        super().__init__(name=name, **kwargs)
        self.temperature = temperature

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return a loss for each row."""
        labels = ops.cast(y_true, y_pred.dtype)
        others = 1.0 - ops.eye(ops.shape(labels)[0], dtype=y_pred.dtype)
        vectors = ops.normalize(y_pred, axis=-1)
        scores = ops.matmul(vectors, ops.transpose(vectors)) / self.temperature
        # A row's cosine with itself is no pair; its exponential becomes 0.
        odds = scores - ops.logsumexp(scores - 1e9 * (1.0 - others), axis=1, keepdims=True)
        alike = others * _overlap(labels)
        total = ops.sum(alike, axis=1)
        return -ops.sum(alike * odds, axis=1) / ops.maximum(total, 1e-9)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that recreate the loss."""
        return {**super().get_config(), "temperature": self.temperature}


def _overlap(labels: keras.KerasTensor) -> keras.KerasTensor:
    """Return how many labels two rows share, of those that one of them has, shape (n, n)."""
    shared = ops.matmul(labels, ops.transpose(labels))
    n_labels = ops.sum(labels, axis=1)
    either = n_labels[:, None] + n_labels[None, :] - shared
    return shared / ops.maximum(either, 1.0)
