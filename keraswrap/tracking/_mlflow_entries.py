"""What is stored in MLflow's runs, versions and tags, and how it is read back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from keraswrap.exceptions import SavedFileError
from keraswrap.model_files import FileInfo
from keraswrap.tracking._plain import to_json
from keraswrap.tracking._records import Event, NewVersion, RegisteredModel

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

__all__ = [
    "event_of",
    "event_tags",
    "flatten",
    "is_ours",
    "metrics_of_candidate",
    "to_time",
    "version_of",
    "version_tags",
]

# Of all tags that are ours; `check_tags` refuses it in those of the user.
OURS = "keraswrap."
# Characters of a tag's value; MLflow takes 8,000.
_PIECE = 4000
# MLflow's longest value of a parameter.
_LONGEST = 6000


def version_tags(new: NewVersion, path: str) -> dict[str, str]:
    """Return the tags of a version; `path` is where its file is in the artifacts of its run."""
    info = new.info
    return {
        **new.tags,
        f"{OURS}sha256": info.sha256,
        f"{OURS}path": path,
        f"{OURS}file": to_json(
            {"class_name": info.class_name, "format": info.format, "n_bytes": info.n_bytes}
        ),
        f"{OURS}versions": to_json(info.versions),
        f"{OURS}metrics": to_json(new.metrics),
        **({} if new.run is None else {f"{OURS}run": new.run}),
    }


def is_ours(version: ModelVersion) -> bool:
    """Whether `register` made a version."""
    return f"{OURS}sha256" in version.tags


def version_of(version: ModelVersion, aliases: Mapping[str, object]) -> RegisteredModel:
    """Read a version; `aliases` are all of its model, with the number that each points to.

    Raises
    ------
    SavedFileError
        If keraswrap did not register it.
    """
    tags, number = version.tags, int(version.version)
    try:
        sha256 = tags[f"{OURS}sha256"]
        file = json.loads(tags[f"{OURS}file"])
        metrics = json.loads(tags[f"{OURS}metrics"])
        packages = json.loads(tags[f"{OURS}versions"])
        info = FileInfo(
            str(file["class_name"]), int(file["format"]), packages, sha256, file["n_bytes"], False
        )
    except (KeyError, TypeError, ValueError):
        raise SavedFileError(
            f"Expected a version that keraswrap registered, got {version.name}:{number}, which "
            "lacks its tags. Load it with MLflow."
        ) from None
    return RegisteredModel(
        name=version.name,
        version=number,
        aliases=tuple(sorted(a for a, to in aliases.items() if int(str(to)) == number)),
        sha256=sha256,
        created=to_time(version.creation_timestamp),
        metrics=metrics,
        tags={k: v for k, v in tags.items() if not k.startswith((OURS, "mlflow."))},
        run=tags.get(f"{OURS}run"),
        description=version.description or "",
        file=info,
    )


def to_time(milliseconds: int) -> str:
    """Return one of MLflow's times as ISO 8601, UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="microseconds")


def event_tags(event: Event) -> dict[str, str]:
    """Return an event as tags of a run."""
    text = to_json(event.facts)
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    return {
        f"{OURS}kind": "event",
        f"{OURS}event": event.kind,
        f"{OURS}name": event.name,
        f"{OURS}created": event.created,
        **{f"{OURS}facts.{n:04d}": piece for n, piece in enumerate(pieces)},
    }


def event_of(tags: Mapping[str, str]) -> Event:
    """Read an event from the tags of its run."""
    pieces = sorted(key for key in tags if key.startswith(f"{OURS}facts."))
    return Event(
        name=tags[f"{OURS}name"],
        kind=tags[f"{OURS}event"],
        created=tags[f"{OURS}created"],
        facts=json.loads("".join(tags[key] for key in pieces)),
    )


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield parameters as MLflow takes them: texts by name, those inside others by a dot.

    Examples
    --------
    >>> dict(flatten({"units": 8, "params": {"epochs": 2}}))
    {'units': '8', 'params.epochs': '2'}
    """
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield _key(f"{prefix}{name}"), str(value)[:_LONGEST]


def _key(name: str) -> str:
    return "".join(c if c.isalnum() or c in "_-./ " else "_" for c in name)[:200]


def metrics_of_candidate(candidate: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    """Yield name, value and step of a candidate's metrics: the fold is the step."""
    for metric, scores in candidate["scores"].items():
        for name, value in ((f"mean_{metric}", scores["mean"]), (f"std_{metric}", scores["std"])):
            if value is not None:
                yield _key(name), value, 0
        for fold, value in enumerate(scores["folds"]):
            if value is not None:
                yield _key(metric), value, fold
    if candidate["fit_seconds"] is not None:
        yield "fit_seconds", candidate["fit_seconds"], 0
