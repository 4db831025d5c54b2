"""``keraswrap train``."""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._tables import check_new
from keraswrap._wording import counted
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._labeled import load_labeled
from keraswrap.cli._output import give, say
from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    from keraswrap.text import TransformerClassifier


def run(options: argparse.Namespace) -> None:
    """Train a classifier, and save it to one file."""
    if options.encoder == "tfidf":
        raise ParameterError(
            "Expected a checkpoint as --encoder, got 'tfidf', which is for "
            "`keraswrap issues` alone."
        )
    out = check_new(options.out, options.overwrite)
    with telling_stop(options):
        classifier, n, seconds = _train(options, out)
    result = {"rows": n, "classes": classifier.classes_.tolist(), "seconds": seconds}
    text = f"Trained on {counted(n, 'row')} in {seconds} s.\nWritten:\n  {out}"
    give({**result, "files": [str(out)]}, text, options.json)


def _train(options: argparse.Namespace, out: Path) -> tuple[TransformerClassifier, int, float]:
    data = load_labeled(options)
    texts, labels = data.texts, data.labels
    say(f"{options.data}: {counted(len(texts), 'row')}, {len(np.unique(labels))} labels")
    order = find_order(labels, options.order) if options.ordered or options.order else None
    started = time.perf_counter()
    from keraswrap.cli._quiet import load_keras
    from keraswrap.text import TransformerClassifier

    load_keras()
    classifier = TransformerClassifier(
        options.encoder,
        trainable=options.trainable,
        max_length=options.max_length,
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        random_state=options.seed,
        target="auto" if order is None else "ordered",
        classes=order,
    )
    classifier.fit(texts, labels)
    check_new(out, options.overwrite)  # again: the path may exist by now
    classifier.save(out)
    return classifier, len(texts), round(time.perf_counter() - started, 1)


def find_order(labels: np.ndarray, order: str | None) -> list[object]:
    """Return the classes from the lowest to the highest.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    order : str, optional
        As --order names them. By default that of the numbers which the labels are.

    Raises
    ------
    ParameterError
        If the order is not known, or names other labels.

    Examples
    --------
    >>> find_order(np.array(["10", "9", "10"]), None), find_order(np.array([0, 1]), "1,0")
    (['9', '10'], [1, 0])
    """
    classes = {str(label): label for label in np.unique(labels).tolist()}
    if order is None:
        return [classes[name] for name in _by_number(classes)]
    names = [name.strip() for name in next(csv.reader([order], skipinitialspace=True))]
    if sorted(names) != sorted(classes):
        missing, unknown = set(classes) - set(names), set(names) - set(classes)
        raise ParameterError(
            f"Expected each label once in --order, got {order!r:.100}: missing "
            f"{sorted(missing)!r:.200}, unknown {sorted(unknown)!r:.200}. Put a label with a comma "
            "in double quotes."
        )
    return [classes[name] for name in names]


def _by_number(names: Iterable[str]) -> list[str]:
    try:
        return sorted(names, key=float)
    except ValueError:
        shown = sorted(names)[:10]
        raise ParameterError(
            f"Expected --order with --ordered, as the labels {shown!r:.200} are no numbers, got "
            f"none. Name them from the lowest to the highest: --order {','.join(shown)!r:.200}."
        ) from None
