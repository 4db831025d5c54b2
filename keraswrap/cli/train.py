"""``keraswrap train``."""

from __future__ import annotations

import argparse
import time

import numpy as np

from keraswrap._tables import check_new
from keraswrap.cli.inputs import load_labeled
from keraswrap.cli.output import give, say
from keraswrap.exceptions import ParameterError


def run(options: argparse.Namespace) -> None:
    """Train a classifier, and save it to one file."""
    if options.encoder == "tfidf":
        raise ParameterError(
            "Expected a checkpoint as --encoder, got 'tfidf', which is for "
            "`keraswrap issues` alone."
        )
    out = check_new(options.out, options.overwrite)
    _, texts, labels = load_labeled(options.data, options.text, options.label, options.encoding)
    say(f"{options.data}: {len(texts):,} rows, {len(np.unique(labels))} labels")
    started = time.perf_counter()
    from keraswrap.demo.quiet import load_keras
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
    check_new(out, options.overwrite)  # again: something may be there by now
    classifier.save(out)
    seconds = round(time.perf_counter() - started, 1)
    classes = classifier.classes_.tolist()
    result = {"rows": len(texts), "classes": classes, "seconds": seconds, "files": [str(out)]}
    text = f"Trained on {len(texts):,} rows in {seconds} s.\nWritten:\n  {out}"
    give(result, text, options.json)
