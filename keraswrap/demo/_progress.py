"""A bar over all training examples of a job, with the time left."""

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

    One bar for the whole job, since its fits are alike and known in advance: a
    bar for each of them would tell nobody when the job ends. Silent
    where standard error is no terminal.

    Parameters
    ----------
    total : int
        Examples of all fits, each counted once an epoch.
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
        """Correct the total: the best epochs are known, or what was recorded is not done again."""
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
            """Return nothing: no fit depends on it, and so no journal does."""
            return {}

        def __deepcopy__(self, memo: dict[int, object]) -> CountExamples:
            return self  # every fit gets a copy, and all of them move one bar

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
        Takes a line.

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
