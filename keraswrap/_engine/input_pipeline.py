"""Pass batches to the backend: as tensors in memory, through tf.data, or as they are."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keraswrap._engine.batches import Batches, native

if TYPE_CHECKING:
    import tensorflow as tf

# The most bytes of inputs that a fit may hold twice: as given, and as tensors.
_RESIDENT = 2**28


class Source:
    """Batches in the form that the backend takes."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self._dataset: Batches | tf.data.Dataset | None = (
            batches if not _on_tensorflow() else generate(batches)
        )

    @property
    def dataset(self) -> Batches | tf.data.Dataset:
        """What Keras is given; valid only as long as the source exists."""
        assert self._dataset is not None
        return self._dataset

    def begin_epoch(self, epoch: int) -> None:
        """Reorder the rows for an epoch."""
        self.batches.begin_epoch(epoch)


class Form:
    """How a list of arrays makes up a batch: inputs, targets and weights.

    Attributes
    ----------
    key : tuple
        Equal for batches that are put together alike.
    """

    def __init__(self, batches: Batches) -> None:
        names = list(batches.feeds)
        # The name of a single input is ignored: Keras numbers the names that it makes up.
        self._named = tuple(names) if batches.as_dict else len(names)
        # The structure of targets and weights: by output, if there are several.
        self._beside = keras.tree.map_structure(lambda array: 0, _beside(batches))
        self._inputs = len(names)
        self.key = (self._named, str(self._beside))

    @staticmethod
    def arrays(batches: Batches) -> list[Any]:
        """List the arrays of all rows, as the net takes them."""
        everything = np.arange(batches.rows.n)
        inputs = [native(feed(batches.rows, everything)) for feed in batches.feeds.values()]
        return [*inputs, *keras.tree.flatten(_beside(batches))]

    def key_of(self, tensors: Sequence[tf.Tensor]) -> tuple[Any, ...]:
        """Return what is equal for tensors of rows that one traced function can serve."""
        return (*self.key, tuple((tuple(t.shape[1:]), t.dtype.name) for t in tensors))

    def pack(self, rows: list[tf.Tensor]) -> tuple[Any, ...]:
        """Put rows of these arrays together as Keras takes them."""
        named = self._named
        first = dict(zip(named, rows, strict=False)) if isinstance(named, tuple) else rows[0]
        return (first, *keras.tree.pack_sequence_as(self._beside, rows[self._inputs :]))


def row_specs(tensors: Sequence[tf.Tensor]) -> list[tf.TensorSpec]:
    """Describe tensors for any number of rows."""
    import tensorflow as tf

    return [tf.TensorSpec((None, *t.shape[1:]), t.dtype) for t in tensors]


def _beside(batches: Batches) -> list[Any]:
    return [arrays for arrays in (batches.targets, batches.weights) if arrays is not None]


class Resident(Source):
    """Batches that TensorFlow gathers by itself, from rows that it holds as tensors.

    Attributes
    ----------
    tensors : list of tf.Tensor
        Batch size, order, then widths, inputs, targets and weights.
    key : object
        Equal for batches that one traced function can serve.
    """

    def __init__(self, batches: Batches) -> None:
        import tensorflow as tf

        self.batches, self.form = batches, Form(batches)
        self._rows = [tf.convert_to_tensor(array) for array in self.form.arrays(batches)]
        self._sort()
        names = list(batches.feeds)
        self._cut = tuple(names.index(name) for name in batches.widths())
        # Of everything that varies between fits, only these decide what is traced.
        self.key = (*self.form.key_of(self._rows), self._cut)
        self.advance(1)

    def advance(self, steps: int, *, forever: bool = False) -> int:
        """Set how many batches lie between one position and the next.

        Parameters
        ----------
        steps : int
        forever : bool, default=False
            Whether positions start over after the last. Keras then keeps one
            iterator for all epochs instead of making two for each: 4 ms less of 7.

        Returns
        -------
        int
            Number of positions in an epoch.
        """
        self._steps, self._forever, self._dataset = steps, forever, None
        return -(-self.batches.num_batches // steps)

    @property
    def dataset(self) -> tf.data.Dataset:
        """Positions of batches, spaced by the number of steps in one call."""
        # Made when it is asked for: a prediction does without, which halves that of one row.
        if self._dataset is None:
            import tensorflow as tf

            positions = tf.data.Dataset.range(0, self.batches.num_batches, self._steps)
            positions = positions.repeat() if self._forever else positions
            self._dataset = positions.with_options(_options())
        return self._dataset

    def begin_epoch(self, epoch: int) -> None:
        """Reorder the rows for an epoch."""
        super().begin_epoch(epoch)
        self._sort()

    def _sort(self) -> None:
        import tensorflow as tf

        size = np.int64(self.batches.size)
        arrays = [size, self.batches.order, *self.batches.widths().values()]
        self.tensors = [*map(tf.convert_to_tensor, arrays), *self._rows]

    @property
    def specs(self) -> list[tf.TensorSpec]:
        """Shapes and dtypes of the tensors, for any number of rows."""
        import tensorflow as tf

        size, *others = self.tensors
        return [tf.TensorSpec((), size.dtype), *row_specs(others)]

    def gatherer(self) -> Callable[..., tuple[tf.Tensor, ...]]:
        """Return a function that makes a batch from a position and tensors; it holds no rows."""
        import tensorflow as tf

        form, cut = self.form, self._cut

        def gather(
            position: tf.Tensor, size: tf.Tensor, order: tf.Tensor, *tensors: tf.Tensor
        ) -> tuple[tf.Tensor, ...]:
            index = order[position * size : (position + 1) * size]
            rows = [tf.gather(tensor, index) for tensor in tensors[len(cut) :]]
            for place, widths in zip(cut, tensors, strict=False):
                rows[place] = rows[place][:, : widths[position]]
            return form.pack(rows)

        return gather


def provide(batches: Batches, *, traced: bool = True) -> Source:
    """Return batches in the form that suits their location and their consumer.

    Parameters
    ----------
    batches : Batches
    traced : bool, default=True
        Whether traced functions consume them, rather than Python.

    Returns
    -------
    Source
    """
    fits = traced and _on_tensorflow() and batches.in_memory and batches.nbytes <= _RESIDENT
    return Resident(batches) if fits else Source(batches)


class Reorder(keras.callbacks.Callback):
    """Reorder the batches at the beginning of each epoch.

    The end of the previous epoch would be wrong: Keras reads a first batch before
    it trains, and batches are prefetched, so that end may come early.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Draw the order of the epoch."""
        self.source.begin_epoch(epoch)


def generate(batches: Batches) -> tf.data.Dataset:
    """Feed batches to TensorFlow one by one, as Python makes them.

    Parameters
    ----------
    batches : Batches

    Returns
    -------
    tf.data.Dataset
        Valid only as long as the caller holds `batches`.
    """
    import tensorflow as tf

    inputs, *rest = batches[0]
    cut = set() if batches.lengths is None else set(batches.lengths.of)
    named = inputs if batches.as_dict else {next(iter(batches.feeds)): inputs}
    specs = {
        name: tf.TensorSpec((None, *([None] if name in cut else array.shape[1:])), array.dtype)
        for name, array in named.items()
    }
    # TensorFlow never releases the function: a strong reference would keep every fit's rows.
    fed: Any = weakref.ref(batches)
    dataset = tf.data.Dataset.from_generator(
        lambda: (fed()[position] for position in range(fed().num_batches)),
        output_signature=(
            specs if batches.as_dict else next(iter(specs.values())),
            *(keras.tree.map_structure(_spec_of, arrays) for arrays in rest),
        ),
    )
    counted = dataset.apply(tf.data.experimental.assert_cardinality(batches.num_batches))
    return counted.prefetch(1).with_options(_options())


def _spec_of(array: np.ndarray) -> tf.TensorSpec:
    import tensorflow as tf

    return tf.TensorSpec((None, *array.shape[1:]), array.dtype)


def _options() -> tf.data.Options:
    """Turn off optimizations of tf.data that cost more time than they save.

    Rewriting such a short pipeline takes longer than it saves. Autotuning runs in
    a thread that sleeps 10, 20, 40 … ms, and dropping an iterator waits for it to
    wake up: an epoch of 5.2 s takes 10.2 s.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    return options


def _on_tensorflow() -> bool:
    return keras.backend.backend() == "tensorflow"
