"""Compare servers of one model: requests a second, latency, start, CPU time and memory.

``keraswrap serve``, ``mlflow models serve``, BentoML and a plain Starlette app serve the same
file: a small dense net, and a fine-tuned MiniLM. All run at once and are asked in turns, on
loopback, with one process for the model and the libraries' own number of threads. Before
they are timed, all of their answers are compared with the estimator's. The load comes from
wrk (``apt install wrk``), and the servers are watched with psutil.
"""

from __future__ import annotations

import importlib.metadata
import signal
import statistics
import sys
from dataclasses import dataclass

import environments
import harness
import serve_load
from common import GUIDES, HERE
from harness import Job, median, ratio
from serve_servers import KINDS, Server

RESULTS = HERE / "serve.json"
MARKS = "<!-- serve: figures from benchmarks/serve.json -->\n", "<!-- end serve -->"
GUIDE = GUIDES / "guides" / "serving.md"
SERVED = environments.MADE / "served"
SIZES = {
    "models": ["dense", "minilm"],
    "clients": [1, 8, 64],
    "rows": [64, 512],
    "seconds": 5,
    "rounds": 3,
    "starts": 3,
    "kept_requests": 100_000,
}
QUICK = {
    "models": ["dense"],
    "clients": [1, 8],
    "rows": [64],
    "seconds": 1,
    "rounds": 1,
    "starts": 1,
    "kept_requests": 2_000,
}
MODELS = {"dense": "dense net", "minilm": "MiniLM"}
SIDES = [side for side in KINDS if side != "trivial"]
PACKAGES = ("keraswrap", "tensorflow", "keras", "scikit-learn", "starlette", "uvicorn")
# Clients whose answers are compared with the estimator's.
CHECKED = 64
SLOW = ("minilm",)
# A request of more texts takes MiniLM longer than all others together.
MOST_ROWS = {"dense": 1 << 20, "minilm": 64}


class Servers:
    """The servers that run, each started when it is first asked."""

    def __init__(self):
        self.running = {}

    def get(self, side, model):
        if (side, model) not in self.running:
            self.start(side, model)
        return self.running[side, model]

    def start(self, side, model):
        """Start a server anew, check its answers, and return the seconds to the first."""
        self.keep_only(model)
        if old := self.running.pop((side, model), None):
            old.stop()
        server = Server(side, SERVED / model)
        self.running[side, model] = server
        try:
            seconds = server.wait()
        except RuntimeError as error:
            self.running.pop((side, model)).stop()
            raise harness.JobError(str(error)) from None
        cpu = server.cpu_seconds()
        self.check(server)
        return seconds, cpu

    def check(self, server):
        """Compare answers with the estimator's, alone and among many, which also warms it up."""
        for rows in ([1], range(64)):
            if not server.right(list(rows), server.ask(server.body(list(rows)))):
                raise harness.JobError(f"{server.kind.title}: wrong answers to {len(rows)} rows")
        if not serve_load.concurrent_answers_right(server, CHECKED):
            raise harness.JobError(f"{server.kind.title}: wrong answers to {CHECKED} clients")

    def keep_only(self, model):
        for side, other in list(self.running):
            if other != model:
                self.running.pop((side, other)).stop()

    def stop(self):
        while self.running:
            self.running.popitem()[1].stop()


SERVERS = Servers()


@dataclass(frozen=True)
class Cell:
    """One measurement of a running server, in the shape of a `harness.Job`."""

    side: str
    model: str
    what_of: str
    size: int
    seconds: int
    round: int = 0

    @property
    def what(self):
        return {
            **{"side": self.side, "round": self.round, "model": self.model},
            **{"measures": self.what_of, "size": self.size, "seconds": self.seconds},
        }

    def run(self):
        figures = {
            "start": self.start,
            "clients": self.clients,
            "rows": self.rows,
            "memory": self.memory,
        }[self.what_of]()
        return {**figures, "versions": versions(KINDS[self.side].package)}

    def start(self):
        seconds, cpu = SERVERS.start(self.side, self.model)
        return {"seconds": seconds, "cpu_seconds": cpu}

    def clients(self):
        server = SERVERS.get(self.side, self.model)
        if self.model in SLOW:
            return serve_load.counted(server, self.size)
        return serve_load.one_row(server, SERVED / self.model, self.size, self.seconds)

    def rows(self):
        server = SERVERS.get(self.side, self.model)
        return serve_load.batches(server, self.size, self.seconds)

    def memory(self):
        """Send a tenth of the requests, and then all of them, and read the memory meanwhile."""
        server = SERVERS.get(self.side, self.model)
        sent, read, failed = 0, [], 0
        while sent < 1.1 * self.size:
            part = serve_load.one_row(server, SERVED / self.model, 64, self.seconds)
            sent += part["requests"]
            failed += part["refused"] + part["lost"]
            read.append([sent, round(server.memory(), 2)])
        warm = next(mb for n, mb in read if n >= self.size / 10)
        growth = read[-1][1] / warm - 1
        return {"requests": sent, "failed": failed, "growth": growth, "megabytes": read}


def versions(package):
    """Return the versions of what is measured, a peer's from its list."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    if package:
        line = (environments.LISTS / f"{package}.txt").read_text("utf-8").splitlines()[-1]
        found[package] = line.split("==")[1]
    return found


def plan(sizes, done):
    for model in sizes["models"]:
        fit(model)
    first = sizes["models"][0]
    yield Cell("trivial", first, "clients", 64, sizes["seconds"])
    for model in sizes["models"]:
        yield from (Cell(side, model, "start", 1, 0) for side in SIDES)
        for turn in range(sizes["rounds"]):
            for measures in ("clients", "rows"):
                for size in sizes[measures]:
                    for side in SIDES if size <= MOST_ROWS[model] else ():
                        yield Cell(side, model, measures, size, sizes["seconds"], turn)
        if model == first:
            yield Cell("keraswrap", model, "memory", sizes["kept_requests"], 5)
    for model in sizes["models"]:
        for turn in range(1, sizes["starts"]):
            yield from (Cell(side, model, "start", 1, 0, turn) for side in SIDES)


def fit(model):
    """Fit and save a model, unless it is there."""
    folder, part = SERVED / model, SERVED / f"{model}.part"
    if (folder / "requests.json").exists():
        return
    part.mkdir(parents=True, exist_ok=True)
    print(f"Fitting the {MODELS[model]}", flush=True)
    Job("serve_models", {"model": model, "folder": str(part)}).run()
    part.rename(folder)


def table(results):
    """Format servers and loads as Markdown: one line per model, load and server."""
    lines = [
        "| model | load | server | rows per second | p50 ms | p99 ms | CPU ms per row "
        "| wall time vs keraswrap | CPU time vs keraswrap |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    sizes = results["settings"]
    for model in MODELS:
        for measures in ("clients", "rows"):
            for size in sizes[measures]:
                lines += load_lines(results, model, measures, size)
    lines += ["", *start_lines(results), "", caption(results)]
    return "\n".join(lines) + "\n"


def load_lines(results, model, measures, size):
    what = {"model": model, "measures": measures, "size": size}
    told = f"{size} client{'s' * (size > 1)}" if measures == "clients" else f"{size} rows a request"
    for side in SIDES:
        rate, cpu = (median(results, key, side=side, **what) for key in ("rate", "cpu_per_1000"))
        if rate is None:
            continue
        at = ["", ""]
        if measures == "clients":
            at = [f"{median(results, key, side=side, **what):.1f}" for key in ("p50_ms", "p99_ms")]
        times = (against(results, key, side, what) for key in ("rate", "cpu_per_1000"))
        yield (
            f"| {MODELS[model]} | {told} | {KINDS[side].title} | {rate:,.0f} | {at[0]} | {at[1]} | "
            f"{cpu:.2f} | {' | '.join(times)} |"
        )


def against(results, key, side, what):
    """Format the median over rounds of how many times keraswrap's time a server takes.

    Both are of one round, since what others do on the machine changes between rounds.
    """
    rounds = range(results["settings"]["rounds"])
    pairs = [[median(results, key, side=s, round=n, **what) for s in ("keraswrap", side)]
             for n in rounds]  # fmt: skip
    found = [ours / its if key == "rate" else its / ours for ours, its in pairs if ours and its]
    return ratio(statistics.median(found), 1.0) if found else ratio(None, None)


def brief(results):
    """Format the first and the last number of clients for the guide, one line per server."""
    few, *_, many = results["settings"]["clients"]
    models = measured(results)
    heads = [f"{MODELS[m]}, {n} client{'s' * (n > 1)}" for m in models for n in (few, many)]
    lines = [
        f"| | {' | '.join(f'{head}: rows per second | CPU ms per row' for head in heads)} |",
        f"|---|{'---|---|' * len(heads)}",
    ]
    for side in SIDES:
        cells = []
        for model in models:
            for n in (few, many):
                what = {"side": side, "model": model, "measures": "clients", "size": n}
                rate, cpu = (median(results, key, **what) for key in ("rate", "cpu_per_1000"))
                cells += ["", ""] if rate is None else [f"{rate:,.0f}", f"{cpu:.2f}"]
        lines.append(f"| {KINDS[side].title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", caption(results)]) + "\n"


def measured(results):
    """Return the models that were asked."""
    seen = {entry["what"]["model"] for entry in results["measurements"] if "rate" in entry}
    return [model for model in MODELS if model in seen]


def start_lines(results):
    models = measured(results)
    yield "| server | " + " | ".join(
        f"{name}: seconds to the first answer | CPU seconds" for name in map(MODELS.get, models)
    ) + " |"  # fmt: skip
    yield f"|---|{'---|---|' * len(models)}"
    for side in SIDES:
        cells = []
        for model in models:
            what = {"side": side, "model": model, "measures": "start"}
            found = [median(results, key, **what) for key in ("seconds", "cpu_seconds")]
            cells += ["" if value is None else f"{value:.1f}" for value in found]
        yield f"| {KINDS[side].title} | {' | '.join(cells)} |"


def caption(results):
    sizes = results["settings"]
    ceiling = median(results, "rate", side="trivial")
    told = [
        "Servers of one process on loopback, asked in turns by wrk on the same machine, "
        f"{sizes['seconds']} s at a time; batches over {serve_load.SENDERS} connections; "
        f"MiniLM: {serve_load.FEWEST} requests, at least two for each client. Medians of up "
        f"to {sizes['rounds']} rounds, and of the ratios within each; up to "
        f"{sizes['starts']} starts. All answers are the estimator's probabilities."
    ]
    if ceiling:
        told.append(f"wrk got {ceiling:,.0f} answers per second from a server that does nothing.")
    told.append(kept(results))
    return " ".join(filter(None, [*told, peers(results), harness.where(results)]))


def kept(results):
    what = {"side": "keraswrap", "measures": "memory"}
    growth = median(results, "growth", **what)
    if growth is None:
        return ""
    n = harness.figures(results, "requests", **what)[0]
    return f"keraswrap's memory over {n:,} requests, after a tenth of them: {growth:+.1%}."


def peers(results):
    found = {}
    for entry in results["measurements"]:
        found |= entry["versions"]
    titles = {"mlflow": "MLflow", "bentoml": "BentoML", "starlette": "Starlette"}
    titles |= {"uvicorn": "uvicorn"}
    return ", ".join(f"{name} {found[key]}" for key, name in titles.items() if key in found) + ";"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        harness.main(sys.modules[__name__])
    finally:
        SERVERS.stop()
