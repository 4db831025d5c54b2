"""``keraswrap train``."""

from __future__ import annotations

import argparse
import time
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
    )
    classifier.fit(texts, labels)
    check_new(out, options.overwrite)  # again: the path may exist by now
    classifier.save(out)
    return classifier, len(texts), round(time.perf_counter() - started, 1)
