"""Fit SetFit on a few texts, and score it on others.

Run by the peer's Python. Its defaults, except for what the settings name.
"""

from __future__ import annotations

import json
import os
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from datasets import Dataset
from few_shot_scores import scores
from job import main, timed
from setfit import SetFitModel, Trainer, TrainingArguments

torch.set_num_threads(1)


def run(given, seed, encoder, max_length, num_iterations=None):
    with open(given, encoding="utf-8") as file:
        rows = json.load(file)
    seconds = {}
    with timed(seconds, "fit"), tempfile.TemporaryDirectory() as folder:
        model = SetFitModel.from_pretrained(encoder, labels=rows["labels"])
        model.model_body.max_seq_length = max_length
        arguments = TrainingArguments(
            output_dir=folder,
            report_to="none",
            save_strategy="no",
            show_progress_bar=False,
            seed=seed,
            num_iterations=num_iterations,
        )
        data = Dataset.from_dict({"text": rows["texts"], "label": rows["y"]})
        Trainer(model=model, args=arguments, train_dataset=data).train()
    with timed(seconds, "predict"):
        proba = model.predict_proba(rows["test"], as_numpy=True)
    return {**scores(np.asarray(proba), rows), **seconds}


if __name__ == "__main__":
    main(run)
