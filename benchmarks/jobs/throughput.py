"""Train the same encoder in keraswrap and in PyTorch, and predict, on rows without padding."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from statistics import median

import numpy as np
from job import main

HELD = Path(__file__).parents[2] / ".peers"
RATE = 2e-4


def held(rows, length):
    """Read what bench_throughput.py wrote: rows of exactly so many tokens, and labels."""
    with np.load(HELD / f"full-{rows}-{length}.npz") as found:
        return str(found["encoder"]), found["ids"], found["labels"]


def ours(rows, length, batch, epochs, repeats, precision):
    import keras

    from keraswrap import KerasWrapperModel
    from keraswrap.text import build_text_classifier

    encoder, ids, labels = held(rows, length)
    ends = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            ends.append((time.perf_counter(), time.process_time()))

    clf = KerasWrapperModel(
        build_text_classifier,
        {"encoder": encoder, "n_classes": 2},
        {"optimizer": "adam", "optimizer__learning_rate": RATE},
        {"epochs": epochs + 1, "batch_size": batch},
        random_state=0,
        precision=precision,
    )
    clf.fit(ids, labels, callbacks=[Clock()])
    predict = asked(lambda: clf.predict_proba(ids, batch_size=batch), repeats)
    trained = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(ends)]
    chose = {"precision": clf.precision_, "jit_compile": clf.jit_compile_}
    return {**rates(trained, predict, rows), "chose": chose}


def asked(predict, repeats):
    """Time predictions, except the first, which traces."""
    predict()
    times = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        predict()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    return times


def rates(trained, predicted, rows):
    """Convert seconds to examples per second, by their median, and list all of them."""
    found = {}
    for name, times in (("train", trained), ("predict", predicted)):
        found[name] = rows / median(wall for wall, _ in times)
        found[f"{name}_cpu"] = rows / median(cpu for _, cpu in times)
        found[f"{name}_seconds"] = [round(wall, 3) for wall, _ in times]
    return found


def make_net(encoder):
    import torch
    from transformers import AutoModel

    class Net(torch.nn.Module):
        """The encoder, the mean of its states, dropout and a layer, as in keraswrap."""

        def __init__(self):
            super().__init__()
            self.encoder = AutoModel.from_pretrained(encoder, add_pooling_layer=False)
            self.dropout = torch.nn.Dropout(0.1)
            self.scores = torch.nn.Linear(self.encoder.config.hidden_size, 2)

        def forward(self, ids):
            mask = (ids != 0).long()
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * weights).sum(1) / weights.sum(1)
            return self.scores(self.dropout(pooled))

    return Net()


def torch_loop(rows, length, batch, epochs, repeats, precision):
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    encoder, ids, labels = held(rows, length)
    ids, labels = torch.from_numpy(ids).long(), torch.from_numpy(labels)
    net, half = make_net(encoder), precision != "float32"
    optimizer = torch.optim.Adam(net.parameters(), RATE, fused=True)
    loss = torch.nn.CrossEntropyLoss()

    def epoch():
        net.train()
        for rows_of_batch in torch.randperm(len(ids)).split(batch):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                found = loss(net(ids[rows_of_batch]), labels[rows_of_batch])
            found.backward()
            optimizer.step()

    trained = asked(epoch, epochs)
    return {**rates(trained, ask_torch(net, ids, batch, half, repeats), rows), "chose": {}}


def ask_torch(net, ids, batch, half, repeats):
    """Time predictions; for bfloat16, with autocast or a converted net, whichever is faster."""
    import torch

    net.eval()

    def predict():
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            return torch.cat([net(part).float().softmax(1) for part in ids.split(batch)])

    autocast = half
    times = asked(predict, repeats)
    if half:
        autocast, net = False, net.to(torch.bfloat16)
        times = min(times, asked(predict, repeats), key=lambda ts: median(t for t, _ in ts))
    return times


def skorch(rows, length, batch, epochs, repeats, precision):
    import torch
    from skorch import NeuralNetClassifier

    if precision != "float32":
        raise ValueError("skorch is measured in float32, which it does by itself")
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    encoder, ids, labels = held(rows, length)
    ids = ids.astype("int64")
    clf = NeuralNetClassifier(
        make_net(encoder),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=RATE,
        batch_size=batch,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        max_epochs=1,
    ).initialize()
    trained = asked(lambda: clf.partial_fit(ids, labels), epochs)
    predicted = asked(lambda: clf.predict_proba(ids), repeats)
    return {**rates(trained, predicted, rows), "chose": {}}


SIDES = {"ours": ours, "torch": torch_loop, "skorch": skorch}


def run(side, **task):
    return SIDES[side](**task)


if __name__ == "__main__":
    main(run)
