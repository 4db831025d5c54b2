"""Measure what trimming batches to their longest row saves, at lengths 30, 64 and 128.

The same net on MiniLM is trained for two epochs and predicts probabilities, once
with rows of a fixed width and once with trimmed batches, in turns. The second
epoch and the second prediction are timed, so that tracing counts for neither.
Results are written to ``benchmarks/padding.json`` and, as a table, to
docs/guides/text.md.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
from common import GUIDES, HERE, fill, machine, versions

RESULTS = HERE / "padding.json"
PAGE = GUIDES / "guides" / "text.md"
MARKS = "<!-- padding: figures from benchmarks/padding.json -->\n", "<!-- end padding -->"
LENGTHS, ROWS = (30, 64, 128), 480


def build(encoder, width, meta):
    """Build the net of build_text_classifier, on rows of any width or of one."""
    import keras

    from keraswrap.text import build_text_classifier

    net = build_text_classifier(encoder, dropout=0.0, meta=meta)
    if width is None:
        return net
    ids = keras.Input((width,), dtype="int32")
    return keras.Model(ids, net(ids))


def measure(encoder, ids, y, width):
    import keras

    from keraswrap import KerasWrapperModel

    times = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            times.append(time.perf_counter() - self.started)

    clf = KerasWrapperModel(
        build,
        {"encoder": encoder, "width": width},
        {"optimizer": "adam", "optimizer__learning_rate": 1e-4},
        {"epochs": 2, "batch_size": 16},
        random_state=0,
    )
    clf.fit(ids, y, callbacks=[Clock()])
    clf.predict_proba(ids)
    started = time.perf_counter()
    proba = clf.predict_proba(ids)
    predicted = time.perf_counter() - started
    return times[1], predicted, clf, proba


def run(length):
    from keraswrap.datasets import fetch_rated_sentences
    from keraswrap.text import encode_texts, resolve_encoder

    rated = fetch_rated_sentences()
    rated = rated[rated["mean"].abs() >= 1].sample(ROWS, random_state=0)
    encoder = resolve_encoder()
    ids = encode_texts(rated["text"], encoder, length)
    y = (rated["mean"] > 0).to_numpy(int)
    cut_epoch, cut_predict, clf, proba = measure(encoder, ids, y, None)
    fixed_epoch, fixed_predict, fixed, _ = measure(encoder, ids, y, length)
    # The same weights in both, so that only the padding differs.
    fixed.net.set_weights(clf.net.get_weights())
    again = fixed.predict_proba(ids)
    difference = np.abs(again - proba).max()
    return {
        "length": length,
        "padding": {name: round(share, 4) for name, share in clf.padding_share_.items()},
        "examples_a_second": {
            "train": {"fixed": ROWS / fixed_epoch, "cut": ROWS / cut_epoch},
            "predict": {"fixed": ROWS / fixed_predict, "cut": ROWS / cut_predict},
        },
        "largest_difference": float(difference),
        "same_labels": float(np.mean(again.argmax(axis=1) == proba.argmax(axis=1))),
    }


def run_bfloat16(length):
    """Compare once more with a net that computes in bfloat16."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return run(length)
    finally:
        keras.config.set_dtype_policy(before)


def table(results):
    """Format the runs as a Markdown table, one line per run."""
    lines = [
        "| `max_length` | padding, fixed → trimmed | training | prediction | largest difference |",
        "|---|---|---|---|---|",
    ]
    for run in results["runs"]:
        padding, speed = run["padding"], run["examples_a_second"]
        ratios = [speed[kind]["cut"] / speed[kind]["fixed"] for kind in ("train", "predict")]
        lines.append(
            f"| {run['length']} | {padding['fixed']:.0%} → {padding['cut']:.0%} | "
            f"{ratios[0]:.1f}x | {ratios[1]:.1f}x | {run['largest_difference']:.0e} |"
        )
    seen, half = results["machine"], results["bfloat16"]
    lines += [
        "",
        f"{ROWS} review sentences, MiniLM, batches of 16 in training and 32 in prediction; "
        f"examples per second relative to fixed width, in one run. {seen['processor']} with "
        f"{seen['cores']} cores, TensorFlow {results['versions']['tensorflow']}. In bfloat16, at "
        f"length {half['length']}: largest difference {half['largest_difference']:.0e}, "
        f"{half['same_labels']:.1%} of labels equal.",
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if not options.table:
        results = {"machine": machine(), "versions": versions(), "runs": []}
        for length in LENGTHS:
            results["runs"].append(run(length))
            print(results["runs"][-1], flush=True)
        results["bfloat16"] = run_bfloat16(LENGTHS[1])
        print(results["bfloat16"], flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    fill(MARKS, table(json.loads(RESULTS.read_text())), PAGE)


if __name__ == "__main__":
    main()
