"""The job: tune a classifier, find its label issues, train it again without them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from tqdm.auto import tqdm

from keraswrap._optional import versions
from keraswrap.demo import output
from keraswrap.demo.output import OutputFolder
from keraswrap.demo.progress import ExampleBar
from keraswrap.demo.results import DemoResult
from keraswrap.demo.reviews import Reviews, load_reviews
from keraswrap.demo.settings import DemoSettings
from keraswrap.text import (
    build_text_classifier,
    encode_texts,
    resolve_encoder,
    truncated_share,
)
from keraswrap.wrappers import KerasWrapperModel

_PACKAGES = ("keraswrap", "tensorflow", "keras", "keras-hub", "transformers")
_PACKAGES += ("scikit-learn", "cleanlab", "numpy", "pandas")
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows as the net takes them: ids of shape (n, max_length), labels of shape (n,)."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


class FitLog:
    """Score a fit of the grid by its accuracy, and write it down at once.

    A scoring callable is the one place that sees each fit as soon as it is
    done, so what a search has found survives its being broken off.

    Parameters
    ----------
    folder : OutputFolder
    names : list of str
        The parameters searched over.
    folds : int
    """

    def __init__(self, folder: OutputFolder, names: list[str], folds: int) -> None:
        self.folder, self.names, self.folds = folder, names, folds
        self.done = 0
        self.started = time.perf_counter()

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score the estimator on held-out rows."""
        accuracy = float(np.mean(estimator.predict(X) == y))
        params = estimator.get_params()
        line = {name: params[name] for name in self.names}
        now = time.perf_counter()
        line |= {"fold": self.done % self.folds, "accuracy": accuracy}
        line |= {"seconds": round(now - self.started, 2), "seed": estimator.seed_}
        self.folder.append_csv(output.FITS, line)
        self.done, self.started = self.done + 1, now
        return accuracy


def run_demo(settings: DemoSettings, say: Say = tqdm.write) -> DemoResult:
    """Run the whole job, and write down what it finds.

    Everything that can be checked is checked before the first fit. Broken off
    with Ctrl-C, it says what is finished and where that lies.

    Parameters
    ----------
    settings : DemoSettings
    say : callable, default=tqdm.write
        Takes a line at each stage.

    Returns
    -------
    DemoResult

    Raises
    ------
    KeraswrapError
        If the data, the encoder or the output folder cannot be used.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "loading"):
        reviews = load_reviews(settings)
        encoder = resolve_encoder(settings.encoder)
        rows = encode_reviews(reviews, encoder, settings.max_length)
        truncated = truncated_share(reviews.train["text"], encoder, settings.max_length)
    folder = OutputFolder(settings.out)
    about = {"settings": asdict(settings), "encoder": encoder, "versions": versions(_PACKAGES)}
    folder.write_json(output.SETTINGS, about)
    say(f"{reviews.source}.\n{len(rows.y)} rows to train on, {len(rows.y_test)} to test on.")
    try:
        with ExampleBar(count_examples(settings, len(rows.y), max(settings.epochs))) as bar:
            job = _Job(settings, reviews, rows, folder, bar, say, seconds)
            found = job.run(make_estimator(settings, encoder, len(reviews.names), bar))
    except KeyboardInterrupt:
        say(describe_unfinished(folder))
        raise
    folder.write_json(output.SETTINGS, about | found(truncated, []).figures())
    return found(truncated, folder.finish())
