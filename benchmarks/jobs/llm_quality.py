"""Label one sample with SmolLM2, with no or some examples, calibrated in every way."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from job import main, timed

HERE = Path(__file__).parents[1]
NAMES = np.array(["negative", "positive"])
CALIBRATIONS = (None, "contextual", "batch")
KINDS = {"Amazon sentences": "review", "tweets": "tweet"}


def sample(data, rows, seed):
    """Draw texts to label, and a pool of labeled ones to take examples from."""
    sys.path.insert(0, str(HERE))
    import label_noise

    from keraswrap.datasets import make_noisy_reviews

    held = json.loads((HERE.parent / ".peers" / "llm_quality.json").read_text())
    rated = label_noise.read_rated(data, Path(held["data"]))
    return make_noisy_reviews(rated, 100, rows, seed=seed)


def prompt(data, shots):
    """Return a prompt for the sentiment of such a text; keraswrap's default does not mention it."""
    kind = KINDS[data]
    asked = f"Is the feeling in this {kind} negative or positive?"
    examples = ["{examples}"] if shots else []
    parts = [f"{asked} Answer with one word, {{labels}}.", *examples, f"{kind.title()}: {{text}}"]
    return "\n\n".join([*parts, "Answer: "])


def run(side, data, rows, shots, worded, seed):
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm import FewShotClassifier, KerasHubLM, ZeroShotClassifier

    drawn = sample(data, rows, seed)
    told = {"model": KerasHubLM(fetch_smollm()), "progress": False}
    told["prompt"] = prompt(data, shots) if worded else None
    if shots:
        told |= {"max_samples": shots, "random_state": seed}
    make = FewShotClassifier if shots else ZeroShotClassifier
    train, found, seconds = drawn.train, {}, {}
    truth = drawn.test["truth"].to_numpy()
    with timed(seconds, "ask"):
        for calibration in CALIBRATIONS:
            clf = make(**told, calibration=calibration)
            clf.fit(train["text"].tolist(), NAMES[train["truth"]].tolist())
            proba = clf.predict_proba(drawn.test["text"].tolist())[:, 1]
            found[str(calibration)] = {
                "accuracy": float(accuracy_score(truth, proba > 0.5)),
                "auc": float(roc_auc_score(truth, proba)),
                "log_loss": float(log_loss(truth, proba)),
                "positive": float(np.mean(proba > 0.5)),
            }
    return {"seconds": seconds, "found": found, "truly_positive": float(truth.mean())}


if __name__ == "__main__":
    main(run)
