"""Label sentences by SmolLM2 behind llama.cpp's server, or by keras-hub on the same file.

Run with a path, the script is the server: it ends when its standard input is closed.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from contextlib import contextmanager

from job import main, timed
from llm import HELD, prompt

# Asked before the time is taken: a server is probed, a net is loaded and traced.
N_BEFORE = 8
# Threads of the server wait for each other: whatever else runs costs it several times its share, so
# the fastest of some passes is told.
PASSES = 3
# Listed to the bare client: too few for most labels, or enough for common ones.
LISTED = {"client": 20, "client, 1,000 listed": 1000}
LOCAL = {"float32": {}, "bfloat16": {"dtype": "bfloat16"}}


def be_the_server(path):
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel = path, 2048, 1
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count()
    params.n_threads_http, params.endpoint_metrics = 8, True
    server = xllamacpp.Server(params)  # ends with the last reference to it
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


class Server:
    """A running server: its address, what it has done, and what it has cost."""

    def __init__(self, process):
        import httpx2

        self._pid = process.pid
        self.address = next(line for line in process.stdout if line.startswith("http")).strip()
        self._client = httpx2.Client(trust_env=False, timeout=60)

    def spent(self):
        """Return the CPU seconds and the tokens so far, without those of prompts in its cache."""
        with open(f"/proc/{self._pid}/stat", encoding="ascii") as line:
            ticks = line.read().rpartition(")")[2].split()[11:13]
        lines = self._client.get(f"{self.address}/metrics").text.splitlines()
        told = dict(line.split() for line in lines if line and not line.startswith("#"))
        return {
            "server_cpu": sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"),
            "tokens_read": float(told["llamacpp:prompt_tokens_total"]),
            "tokens_written": float(told["llamacpp:tokens_predicted_total"]),
        }

    def split(self, text):
        told = {"content": text, "add_special": False}
        return self._client.post(f"{self.address}/tokenize", json=told).json()["tokens"]


@contextmanager
def served():
    from keraswrap.datasets import fetch_smollm

    command = [sys.executable, __file__, str(fetch_smollm())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


@contextmanager
def counted(found):
    """Count the requests that are sent."""
    import httpx2

    sent, send = [], httpx2.Client.send

    def counting(client, request, **told):
        sent.append(request.url.path)
        return send(client, request, **told)

    httpx2.Client.send = counting
    yield
    httpx2.Client.send = send
    found["requests"] = len(sent)
    found["paths"] = {path: sent.count(path) for path in sorted(set(sent))}


class BareClient:
    """A loop that asks for one token of each prompt, and reads the labels' first ones."""

    def __init__(self, server, labels, listed):
        import httpx2

        self._url, self._listed = f"{server.address}/v1/completions", listed
        self._first = [server.split("\n" + label)[1] for label in labels]
        self._prompt = prompt(labels)
        self._client = httpx2.Client(trust_env=False, timeout=60)

    def predict_proba(self, texts):
        return [self._ask(text) for text in texts]

    def _ask(self, text):
        asked = {"prompt": self._prompt.replace("{text}", text), "max_tokens": 1}
        body = {**asked, "temperature": 0, "logprobs": self._listed}
        answer = self._client.post(self._url, json=body).json()
        (step,) = answer["choices"][0]["logprobs"]["content"]
        listed = {each["id"]: math.exp(each["logprob"]) for each in step["top_logprobs"]}
        shares = [listed.get(token, math.nan) for token in self._first]
        return [share / sum(shares) for share in shares]


def classifier(model, labels, chat):
    from keraswrap.llm import ZeroShotClassifier

    told = {"use_caching": False, "progress": False}
    clf = ZeroShotClassifier(model=model, prompt=prompt(labels), chat=chat, **told)
    return clf.fit(None, labels)


def local(side, labels, chat):
    from keraswrap.llm import KerasHubLM

    held = json.loads((HELD / "llm.json").read_text())
    return classifier(KerasHubLM(held["checkpoint"], **LOCAL[side]), labels, chat)


def remote(side, server, labels, chat):
    from keraswrap.llm import OpenAICompatibleLM

    if side in LISTED:
        return BareClient(server, labels, LISTED[side])
    model = OpenAICompatibleLM(f"{server.address}/v1", "m", api=side, timeout=60)
    return classifier(model, labels, chat)


def ask(clf, texts, spent=dict):
    """Return the figures of labeling some texts: those of the fastest pass."""
    passes = []
    for _ in range(PASSES):
        seconds, found, before = {}, {}, spent()
        with counted(found), timed(seconds, "ask"):
            proba = [[float(p) for p in row] for row in clf.predict_proba(texts)]
        found |= {name: round(value - before[name], 3) for name, value in spent().items()}
        passes.append({"seconds": seconds, **found, "proba": proba})
    fastest = min(passes, key=lambda one: one["seconds"]["ask"])
    proba = fastest["proba"]
    return {
        **fastest,
        "a_second": round(len(texts) / fastest["seconds"]["ask"], 3),
        "passes": [one["seconds"]["ask"] for one in passes],
        "answered": sum(all(p == p for p in row) for row in proba),
        "proba": [[round(p, 6) if p == p else None for p in row] for row in proba],
        "at": time.strftime("%H:%M"),
    }


def run(side, rows, labels, chat=False):
    held = json.loads((HELD / "llm.json").read_text())
    texts = held["texts"][:rows]
    if side in LOCAL:
        clf = local(side, labels, chat)
        # As many rows, so that all that is traced is traced before.
        clf.predict_proba(held["texts"][-rows:])
        return ask(clf, texts)
    with served() as server:
        clf = remote(side, server, labels, chat)
        clf.predict_proba(held["texts"][-N_BEFORE:])
        return ask(clf, texts, server.spent)


if __name__ == "__main__":
    be_the_server(sys.argv[1]) if os.path.isfile(sys.argv[1]) else main(run)
