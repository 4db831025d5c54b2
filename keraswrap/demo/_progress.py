"""Show a progress bar over all training examples of a job, with the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

if TYPE_CHECKING:
    import keras


class ExampleBar:
    """Count training examples over every fit of a job.

    One bar covers the whole job, since its fits are alike and known in advance; a bar
    for each fit would not show when the job ends. No bar is shown if standard error
    is not a terminal.

    Parameters
    ----------
    total : int
        Examples of all fits, each counted once per epoch.
    """

    def __init__(self, total: int) -> None:
        # smoothing=0: the mean speed, since fits stop and start
        self._bar = tqdm(total=total, unit=" examples", disable=None, smoothing=0)

    def __enter__(self) -> ExampleBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def add(self, examples: int) -> None:
        """Count some examples."""
        self._bar.update(examples)

    def set_remaining(self, examples: int) -> None:
        """Correct the total, once the best epochs are known or recorded fits are skipped."""
        self._bar.total = self._bar.n + examples
        self._bar.refresh()

    def callback(self) -> keras.callbacks.Callback:
        """Return a Keras callback that counts training examples."""
        return _make_callback(self.add)


def _make_callback(add: Callable[[int], None]) -> keras.callbacks.Callback:
    import keras

    class CountExamples(keras.callbacks.Callback):
        """Count the examples of each batch."""

        shares_epochs = True

        def get_config(self) -> dict[str, object]:
            """Return an empty dict: the callback affects no fit, so journals need not record it."""
            return {}

        def __deepcopy__(self, memo: dict[int, object]) -> CountExamples:
            return self  # fits copy their callbacks, but all share one bar

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.seen = 0

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            # The loss's running mean has counted the examples of this epoch.
            seen = int(self.model.metrics[0].count)
            add(seen - self.seen)
            self.seen = seen

    return CountExamples()


class Stages:
    """Announce a stage, and time it.

    Parameters
    ----------
    say : callable
        Called with a line of text.

    Attributes
    ----------
    seconds : dict of str to float
        By stage, in order.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str, line: str) -> Iterator[None]:
        """Time what is done inside, under `name`."""
        self.say(f"{line} ...")
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started
