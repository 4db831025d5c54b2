"""A monitor in one file: a zip of JSON and plain arrays, no code."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from keraswrap._archive import read_arrays, read_member, write_zip
from keraswrap._tables import new_file
from keraswrap._versions import find_version
from keraswrap.drift import _inputs as inputs
from keraswrap.drift._reference import Reference, Sketch
from keraswrap.drift._texts import FACTS, N_WORDS
from keraswrap.exceptions import InputError, SavedFileError

if TYPE_CHECKING:
    from keraswrap.drift._monitor import DriftMonitor

FORMAT = 1
_KIND = "keraswrap drift monitor"
_PARAMS = ("alpha", "n_checks", "max_rows", "n_bootstrap", "n_look", "random_state")
_COLUMN = "column "


def save(monitor: DriftMonitor, path: str | os.PathLike[str]) -> None:
    """Write a monitor to `path`, whole or not at all."""
    plain = monitor.encoder is None or isinstance(monitor.encoder, str)
    told = {
        "kind": _KIND,
        "format": FORMAT,
        "keraswrap": find_version("keraswrap"),
        "params": {name: int(value) if name != "alpha" else float(value)
                   for name in _PARAMS for value in [getattr(monitor, name)]},
        "encoder": monitor.encoder if plain else None,
        "rows": monitor.reference_.sketch.kind,
        "n_rows": monitor.reference_.n_rows,
        "facts": list(FACTS),
        "columns": list(monitor.reference_.sketch.columns or {}),
    }  # fmt: skip
    buffer = io.BytesIO()
    np.savez(buffer, **_arrays(monitor.reference_))
    members: dict[str, str | bytes] = {}
    members |= {"monitor.json": json.dumps(told, indent=1), "arrays.npz": buffer.getvalue()}
    with new_file(path, overwrite=True) as draft:
        draft.write_bytes(write_zip(members))


def _arrays(reference: Reference) -> dict[str, Any]:
    classes = np.array(reference.classes.tolist())
    if classes.dtype.kind not in "biufU":
        raise InputError(
            f"Expected labels that are texts or numbers, got {reference.classes[:3]!r:.80}. Write "
            "them as texts."
        )
    kept = reference.sketch
    found = {"classes": classes, "labels": reference.labels, "compared": reference.compared}
    for name in ("proba", "vectors", "facts", "hashes"):
        if getattr(kept, name) is not None:
            found[name] = getattr(kept, name)
    if kept.counts is not None and reference.known is not None:
        for name in ("data", "indices", "indptr"):
            found[f"counts_{name}"] = getattr(kept.counts, name)
        found["known"] = np.flatnonzero(reference.known)
    columns = (kept.columns or {}).values()
    return found | {f"{_COLUMN}{number}": part for number, part in enumerate(columns)}


def load(
    cls: type[DriftMonitor],
    path: str | os.PathLike[str],
    estimator: Any,
    params: Mapping[str, object],
) -> DriftMonitor:
    """Read a monitor that `save` wrote."""
    told, arrays = _read(Path(path))
    try:
        reference = _restore(told, arrays)
        kept = {name: told["params"][name] for name in _PARAMS} | {"encoder": told["encoder"]}
        if len(told["params"]) != len(_PARAMS):
            raise ValueError("parameters that are not known")
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise _corrupt(path, error) from error
    monitor = cls(estimator, **{**kept, **params})
    if estimator is not None:
        classes = inputs.check_classifier(estimator)
        if classes.tolist() != reference.classes.tolist():
            raise InputError(
                f"Expected the model that was watched, with {len(reference.classes)} classes such "
                f"as {reference.classes[:3].tolist()!r:.80}, got classes "
                f"{classes[:3].tolist()!r:.80}. Fit a monitor for this model."
            )
    monitor.reference_, monitor.classes_ = reference, reference.classes
    monitor.n_reference_ = len(reference.sketch)
    return monitor


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    try:
        with zipfile.ZipFile(path) as archive:
            told = json.loads(read_member(archive, "monitor.json"))
            if not isinstance(told, dict) or told.get("kind") != _KIND:
                raise SavedFileError(f"Expected a drift monitor, got {str(path)!r}. Name another.")
            if told.get("format") != FORMAT:
                raise SavedFileError(
                    f"Expected a drift monitor of format {FORMAT}, got {told.get('format')!r}, "
                    f"written by keraswrap {told.get('keraswrap')}. Update keraswrap."
                )
            return told, read_arrays(read_member(archive, "arrays.npz"))
    except FileNotFoundError as error:
        raise InputError(f"Expected a drift monitor at {str(path)!r}, got no file.") from error
    except OSError as error:
        raise InputError(
            f"Expected a drift monitor that can be read, got {str(path)!r}: {error.strerror}."
        ) from error
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        if isinstance(error, SavedFileError):
            raise
        raise _corrupt(path, error) from error


def _corrupt(path: str | os.PathLike[str], error: Exception) -> SavedFileError:
    return SavedFileError(
        f"Expected a drift monitor as DriftMonitor.save writes it, got {os.fspath(path)!r}, which "
        f"is corrupt ({error!r:.100}). Save the monitor again."
    )


def _restore(told: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Reference:
    proba, classes = arrays["proba"], arrays["classes"]
    n = len(proba)
    columns = {str(name): arrays[f"{_COLUMN}{k}"] for k, name in enumerate(told["columns"])}
    counts, known = None, None
    if told["rows"] == "texts":
        parts = tuple(arrays[f"counts_{name}"] for name in ("data", "indices", "indptr"))
        counts = sparse.csr_matrix(parts, shape=(n, N_WORDS))
        counts.check_format(full_check=True)
        known = np.zeros(N_WORDS, dtype=bool)
        known[arrays["known"]] = True
    kept = Sketch(
        str(told["rows"]),
        inputs.read_proba(proba, n, len(classes)),
        arrays.get("vectors"),
        counts,
        arrays.get("facts"),
        arrays.get("hashes"),
        columns or None,
    )
    each = [arrays["labels"], arrays["compared"], kept.vectors, kept.facts, kept.hashes]
    if any(len(part) != n for part in (*each, *columns.values()) if part is not None):
        raise ValueError("arrays of different lengths")
    labels = arrays["labels"]
    if labels.min() < -1 or labels.max() >= len(classes) or told["facts"] != list(FACTS):
        raise ValueError("labels or facts that are not known")
    return Reference(kept, labels, classes, known, arrays["compared"], int(told["n_rows"]))
