"""Runs in MLflow: a search with a nested run for each candidate, and its files."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from keraswrap.tracking._mlflow_entries import OURS, flatten, metrics_of_candidate, to_time
from keraswrap.tracking._plain import to_json
from keraswrap.tracking._records import NewRun, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

T = TypeVar("T")

__all__ = ["add_search", "find_experiment", "open_run", "read_file", "read_search", "search_runs"]

_RECORD = "search.json"
_FILES = "files"
# MLflow's own limits for one request.
_PARAMS_AT_ONCE, _METRICS_AT_ONCE = 100, 1000
# Most candidates with a run of their own, the best first; the record has all.
_MOST_CANDIDATES = 100


def find_experiment(client: MlflowClient, uri: str, name: str) -> str:
    """Return the id of an experiment, which is made if it is not there."""
    from mlflow.exceptions import MlflowException

    if found := client.get_experiment_by_name(name):
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(name, _artifacts_of(uri)))
    except MlflowException as error:
        again = client.get_experiment_by_name(name)
        if error.error_code != "RESOURCE_ALREADY_EXISTS" or again is None:
            raise
        return str(again.experiment_id)  # another process was first


def _artifacts_of(uri: str) -> str | None:
    """Return where files go: beside an SQLite file, rather than into the current folder."""
    path = unquote(uri.partition("?")[0].removeprefix("sqlite:///"))
    if not uri.startswith("sqlite:///") or not path:
        return None
    return (Path(path).absolute().parent / "mlartifacts").as_uri()


@contextmanager
def open_run(
    client: MlflowClient, experiment: str, kind: str, name: str, tags: Mapping[str, str]
) -> Iterator[str]:
    """Make a run, yield its id, and end it; only a run that was completed counts later."""
    told = {**tags, f"{OURS}kind": kind, "mlflow.source.name": "keraswrap"}
    run = client.create_run(experiment, tags=told, run_name=name).info.run_id
    try:
        yield run
    except BaseException:
        client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run)


def add_search(client: MlflowClient, experiment: str, new: NewRun) -> str:
    """Store a search, and return the id of its run."""
    record: Mapping[str, Any] = new.record
    tags = {
        **new.tags,
        f"{OURS}files": to_json(sorted(new.files)),
        f"{OURS}data_hash": str(record["data"]["hash"]),
        f"{OURS}data_hash_of": str(record["data"]["of"]),
        f"{OURS}seeds": to_json(record["seeds"])[:4000],
        f"{OURS}versions": to_json(record["versions"]),
    }
    with open_run(client, experiment, "search", new.name, tags) as run:
        _log(client, run, _params_of(record), _metrics_of(record))
        for number, candidate in _most_interesting(record["candidates"]):
            inner = {"mlflow.parentRunId": run}
            name = f"{new.name} {number}"
            with open_run(client, experiment, "candidate", name, inner) as child:
                _log(client, child, candidate["params"], metrics_of_candidate(candidate))
        _upload(client, run, record, new.files)
    return run


def _params_of(record: Mapping[str, Any]) -> dict[str, object]:
    best = record["best"] or {"params": {}}
    return {
        "search": record["search"]["class"],
        "estimator": record["estimator"]["class"],
        "estimator_params": record["estimator"]["params"],
        "search_settings": record["search"]["settings"],
        "best": best["params"],
    }


def _metrics_of(record: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    if record["best"] and record["best"]["score"] is not None:
        yield "best_score", record["best"]["score"], 0
    if record["label_issues"]:
        yield "label_issues", float(record["label_issues"]["n_issues"]), 0
    for name, curve in record["curves"].items():
        yield from ((name, value, n) for n, value in enumerate(curve) if value is not None)


def _most_interesting(candidates: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    def rank(pair: tuple[int, dict[str, Any]]) -> int:
        return min((s.get("rank", 0) for s in pair[1]["scores"].values()), default=0)

    return sorted(enumerate(candidates), key=rank)[:_MOST_CANDIDATES]


def _log(
    client: MlflowClient,
    run: str,
    params: Mapping[str, object],
    metrics: Iterable[tuple[str, float, int]],
) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    for some in _batches([Param(*pair) for pair in flatten(params)], _PARAMS_AT_ONCE):
        client.log_batch(run, params=some)
    measured = [Metric(name, value, now, step) for name, value, step in metrics]
    for values in _batches(measured, _METRICS_AT_ONCE):
        client.log_batch(run, metrics=values)


def _batches(values: list[T], size: int) -> Iterator[list[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _upload(
    client: MlflowClient, run: str, record: Mapping[str, object], files: Mapping[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory(prefix="keraswrap-") as folder:
        Path(folder, _RECORD).write_text(to_json(record), encoding="utf-8")
        for name, content in files.items():
            path = Path(folder, _FILES, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        client.log_artifacts(run, folder)


def search_runs(client: MlflowClient, experiments: list[str], kind: str) -> list[Run]:
    """Return all runs of a kind, the oldest first."""
    if not experiments:
        return []
    found: list[Run] = []
    token: str | None = None
    while True:
        page = client.search_runs(
            experiments,
            f"tags.`{OURS}kind` = '{kind}'",
            order_by=["attributes.start_time ASC"],
            page_token=token,
        )
        found += page
        token = page.token
        if not token:
            return found


def read_search(client: MlflowClient, run: Run) -> TrackedRun:
    """Read a search back from its run."""
    key, tags = run.info.run_id, run.data.tags
    return TrackedRun(
        id=key,
        name=tags.get("mlflow.runName", ""),
        created=to_time(run.info.start_time),
        tags={k: v for k, v in tags.items() if not k.startswith((OURS, "mlflow."))},
        record=json.loads(read_file(client, key, _RECORD)),
        files=tuple(json.loads(tags[f"{OURS}files"])),
    )


def read_file(client: MlflowClient, run: str, path: str) -> bytes:
    """Return the bytes of a file of a run."""
    with tempfile.TemporaryDirectory(prefix="keraswrap-") as folder:
        return Path(client.download_artifacts(run, path, folder)).read_bytes()
