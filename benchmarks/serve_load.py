"""Load on a server: one-row requests by wrk, batches by two threads; what it cost whom."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import contextmanager

import harness
import numpy as np
from common import HERE

# Batches of rows are asked for over so many connections, so that reading overlaps computing.
SENDERS = 2
# Requests to a slow model, at least two for each connection.
FEWEST = 24


def one_row(server, folder, clients, seconds):
    """Send requests of one row over so many connections, with wrk."""
    bodies = folder / f"{server.kind.name(server.asked['name'])}.lines"
    lines = (server.body([row]) for row in range(len(server.asked["X"])))
    bodies.write_text("\n".join(lines) + "\n", "utf-8")
    url = f"http://127.0.0.1:{server.port}{server.path}"
    told = ["-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s"]
    with watched(server) as cost:
        done = subprocess.run(
            ["wrk", *told, "-s", HERE / "load.lua", url, "--", bodies],
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise harness.JobError(done.stderr[-500:])
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    return per_thousand({**figures, "rate": figures["requests"] / figures["seconds"]}, cost)


def batches(server, rows, seconds):
    """Send requests of so many rows over two connections, each until the time is over."""
    n = len(server.asked["X"])
    asked = [[(97 * part + row) % n for row in range(rows)] for part in range(8)]
    bodies = [server.body(some) for some in asked]
    answers, took = [[] for _ in range(SENDERS)], [0.0] * SENDERS

    def send(number):
        connection, started = server.connect(), time.perf_counter()
        while not answers[number] or time.perf_counter() - started < seconds:
            part = (number + SENDERS * len(answers[number])) % len(asked)
            answers[number].append((asked[part], server.ask(bodies[part], connection)))
        took[number] = time.perf_counter() - started

    with watched(server) as cost:
        together(send, SENDERS)
    wrong = sum(not server.right(*one) for some in answers for one in some)
    rate = sum(len(some) * rows / spent for some, spent in zip(answers, took, strict=True))
    done = sum(map(len, answers)) * rows
    return per_thousand({"requests": done, "rate": rate, "refused": wrong, "lost": 0}, cost)


def together(work, n):
    """Run work(number) in n threads."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def counted(server, clients):
    """Send a number of requests of one row over so many connections, and wait for all.

    For a slow model: of those that a window of seconds cuts off, it would count the CPU time
    and not the answers.
    """
    n, each = len(server.asked["X"]), max(2, FEWEST // clients)
    bodies = [server.body([row]) for row in range(n)]
    took, refused = [], []

    def send(number):
        connection = server.connect()
        for row in range(number * each, (number + 1) * each):
            started = time.perf_counter()
            refused.append(server.ask(bodies[row % n], connection) is None)
            took.append(1000 * (time.perf_counter() - started))

    started = time.perf_counter()
    with watched(server) as cost:
        together(send, clients)
    seconds = time.perf_counter() - started
    figures = {"requests": len(took), "refused": sum(refused), "lost": clients * each - len(took)}
    figures |= {f"p{share}_ms": float(np.percentile(took, share)) for share in (50, 99)}
    return per_thousand({**figures, "seconds": seconds, "rate": len(took) / seconds}, cost)


def per_thousand(figures, cost):
    """Add the server's CPU seconds by thousand rows."""
    cpu = 1000 * cost["cpu_seconds"] / max(figures["requests"], 1)
    return {**figures, **cost, "cpu_per_1000": cpu}


@contextmanager
def watched(server):
    """Measure the CPU seconds of a server, and the share of the machine that others took."""
    cost = {}
    cpu, before = server.cpu_seconds(), harness.busy()
    yield cost
    cost["cpu_seconds"] = server.cpu_seconds() - cpu
    after = harness.busy()
    if before is not None:
        had, worked, own = (b - a for a, b in zip(before, after, strict=True))
        cost["others"] = round(max(worked - own - cost["cpu_seconds"], 0.0) / had, 3)


def concurrent_answers_right(server, clients):
    """Return whether answers are right while many ask at once, so that none is another's."""
    n, right = len(server.asked["X"]), []

    def ask(number):
        connection = server.connect()
        for row in (number, number + 100):
            right.append(server.right([row % n], server.ask(server.body([row % n]), connection)))

    together(ask, clients)
    return len(right) == 2 * clients and all(right)
