"""A server on this machine that speaks OpenAI's protocol over a small model, and can fail."""

from __future__ import annotations

import json
import threading
import time
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

PIECES = [
    *(b"pos", b"itive", b"positive", b"Positive", b"neg", b"ative", b"neutral", b" neutral"),
    *(b"yes", b" yes", b"no", b", but", b"The", b"caf", b"review", b"Review"),
]


class TinyLM:
    """A next-token distribution over a few pieces and all bytes: any text has one way to be cut."""

    def __init__(self, sharpness=3.0):
        self.tokens = [b"<end>", *PIECES, *(bytes([n]) for n in range(256))]
        self.end = 0
        self._bias = np.array([2.0 if len(token) > 1 else -6.0 for token in self.tokens])
        self._sharpness = sharpness

    def encode(self, text):
        raw, ids = text.encode(), []
        while raw:
            fits = [n for n, token in enumerate(self.tokens) if n and raw.startswith(token)]
            ids.append(max(fits, key=lambda n: len(self.tokens[n])))
            raw = raw[len(self.tokens[ids[-1]]) :]
        return ids

    def chat(self, messages):
        return self.encode("".join(f"{m['role']}: {m['content']}\n" for m in messages))

    def next_log_probs(self, ids):
        seed = zlib.crc32(np.array(ids, "int32").tobytes())
        logits = np.random.default_rng(seed).normal(size=len(self.tokens)) * self._sharpness
        logits = logits + self._bias
        return logits - np.log(np.exp(logits).sum())

    def told(self, ids):
        """The log-probability of each token but the first."""
        return [float(self.next_log_probs(ids[:n])[ids[n]]) for n in range(1, len(ids))]

    def log_prob(self, before, text):
        """That this text follows, cut in its one way: float64, step by step."""
        total, ids = 0.0, list(before)
        for token in self.encode(text):
            total, ids = total + self.next_log_probs(ids)[token], [*ids, token]
        return total


class Served:
    """What a running server is told, and what it saw."""

    def __init__(self, lm):
        self.lm = lm
        self.faults = []  # of the next requests, first to last
        self.fault = None  # of every request, once `healthy` of them are answered
        self.healthy = 0
        self.key = None
        self.log_probs, self.echoes, self.says = True, True, None
        self.seen, self.at_once, self._now = [], 0, 0
        self.lock = threading.Lock()
        self._came = threading.Condition(self.lock)

    def wait_for(self, count):
        """Whether so many requests have come, in time."""
        with self._came:
            return self._came.wait_for(lambda: len(self.seen) >= count, timeout=60)

    @contextmanager
    def counted(self, handler, body):
        with self._came:
            self.seen.append((handler.path, dict(handler.headers), body))
            self._now += 1
            self.at_once = max(self.at_once, self._now)
            self._came.notify_all()
        try:
            yield
        finally:
            with self.lock:
                self._now -= 1

    def next_fault(self):
        with self.lock:
            if self.faults:
                return self.faults.pop(0)
            self.healthy -= 1
            return self.fault if self.healthy < 0 else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        served = self.server.served
        with served.counted(self, body):
            given = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if served.key is not None and given != served.key:
                error = {"error": {"message": f"Incorrect API key provided: {given}"}}
                return self.reply(401, json.dumps(error))
            fault = served.next_fault()
            if callable(fault):
                return fault(self)
            self.reply(200, json.dumps(answer(served, self.path, body)))

    def reply(self, status, text, **headers):
        raw = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Content-Length": len(raw), **headers}
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(raw)


def status(code, text='{"error": {"message": "not now"}}', **headers):
    return lambda handler: handler.reply(code, text, **headers)


def cut(handler):
    handler.reply(200, '{"choices": [', Content_Length=1000)
    handler.close_connection = True


def slow(seconds):
    return lambda handler: (time.sleep(seconds), handler.reply(200, "{}"))


def dripping(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.02)


def dripping_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(100):
        handler.wfile.write(b"a")
        time.sleep(0.02)
    handler.close_connection = True


def answer(served, path, body):
    if path.endswith("/chat/completions"):
        return chat(served, body)
    prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
    choices = [{"index": n, **complete(served, text, body)} for n, text in enumerate(prompts)]
    n_read = sum(len(served.lm.encode(text)) for text in prompts)
    return {"choices": choices[::-1], "usage": {"prompt_tokens": n_read, "completion_tokens": 1}}


def chat(served, body):
    lm = served.lm
    before = lm.chat(body["messages"])
    ids = speak(lm, before, body["max_tokens"], served.says)
    steps = [step(lm, [*before, *ids[:n]], ids[n], body) for n in range(len(ids))]
    message = {"role": "assistant", "content": spell(lm, ids)}
    log_probs = {"content": steps} if served.log_probs and body.get("logprobs") else None
    usage = {"prompt_tokens": len(before), "completion_tokens": len(ids)}
    choice = {"index": 0, "message": message, "logprobs": log_probs, "finish_reason": "stop"}
    return {"choices": [choice], "usage": usage}


def complete(served, text, body):
    lm = served.lm
    ids = lm.encode(text)
    new = speak(lm, ids, body["max_tokens"], None)
    if not body.get("echo") or not served.echoes:
        return {"text": spell(lm, new), "logprobs": {"tokens": ["x"], "token_logprobs": [-1.0]}}
    every = [*ids, *new]
    tokens = [lm.tokens[n].decode("utf-8", "replace") for n in every]
    log_probs = {"tokens": tokens, "token_logprobs": [None, *lm.told(every)]}
    return {"text": text + spell(lm, new), "logprobs": log_probs}


def speak(lm, before, max_tokens, says):
    if says is not None:
        return lm.encode(says)
    ids = []
    while len(ids) < max_tokens and (not ids or ids[-1] != lm.end):
        ids.append(int(np.argmax(lm.next_log_probs([*before, *ids]))))
    return ids


def spell(lm, ids):
    return b"".join(lm.tokens[n] for n in ids if n != lm.end).decode("utf-8", "replace")


def step(lm, before, chosen, body):
    log_probs = lm.next_log_probs(before)
    top = np.argsort(-log_probs)[: body.get("top_logprobs", 0)]
    return {
        **listed(lm, log_probs, chosen),
        "top_logprobs": [listed(lm, log_probs, n) for n in top],
    }


def listed(lm, log_probs, n):
    token = lm.tokens[n]
    return {
        "token": token.decode("utf-8", "replace"),
        "logprob": float(log_probs[n]),
        "bytes": list(token),
    }


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Leave quiet those who hung up, which tests make them do."""


@contextmanager
def serve(lm):
    """Run a server until the end of the block, and give (address, Served)."""
    http = Server(("127.0.0.1", 0), Handler)
    http.served = Served(lm)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}/v1", http.served
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
