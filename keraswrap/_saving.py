"""Save a fitted estimator to one file, and load it: a zip of JSON and plain arrays, no code.

``estimator.json`` holds parameters, what was learned, and the versions;
``net.json`` the net's configuration; ``arrays.npz`` its variables. Functions
(the build function, callbacks) are not saved: `load` takes them as keywords.
"""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from keraswrap._archive import read_arrays, read_member, write_zip
from keraswrap._data import Rows
from keraswrap._drafts import draft_file
from keraswrap._learned import ARRAYS, NAMES, TARGET_NAMES, check_together, read_told
from keraswrap._params import check_known
from keraswrap._targets import restore_target
from keraswrap._targets.head import Head, number_head
from keraswrap._versions import find_version
from keraswrap.exceptions import KeraswrapError, SavedFileError, warn_user

if TYPE_CHECKING:
    import os

    from keraswrap._engine import NetState, Network
    from keraswrap._estimator.files import KeptEstimator

FORMAT = 1
_PACKAGES = ("keraswrap", "keras", "tensorflow", "scikit-learn", "numpy")
_Kept = TypeVar("_Kept", bound="KeptEstimator")


def _engine() -> ModuleType:
    from keraswrap import _engine as engine

    return engine


def versions(packages: Sequence[str] = _PACKAGES) -> dict[str, str]:
    """Return the versions that a result was made with, without packages that are not installed.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['keras', 'keraswrap']
    """
    found = {package: version for package in packages if (version := find_version(package))}
    return {"python": platform.python_version(), **found}


def save(estimator: KeptEstimator, path: str | os.PathLike[str]) -> None:
    """Write an estimator to `path`, whole or not at all."""
    write_whole(path, pack(estimator))


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all; an older one stays until then."""
    path = Path(path)
    with draft_file(path) as draft:
        draft.write_bytes(content)
        draft.replace(path)


def pack(estimator: KeptEstimator) -> bytes:
    """Return what `save` writes."""
    network = estimator.network_
    state = network.state
    members: dict[str, str | bytes] = {
        "estimator.json": json.dumps(_describe(estimator, state), indent=1),
        "net.json": network.architecture() or "null",
        "arrays.npz": _arrays(network, state),
    }
    return write_zip(members, stored=["arrays.npz"])


def _describe(estimator: KeptEstimator, state: NetState) -> dict[str, object]:
    network = estimator.network_
    params, omitted = _sift(estimator.get_params(deep=False))
    target = estimator._target.learned
    return {
        "format": FORMAT,
        "class": type(estimator).__name__,
        "versions": versions(),
        "params": params,
        "omitted": omitted,
        **_tell({**vars(estimator), **target}),
        **_tell_heads(target.get("_heads")),
        "network": {
            "seed": network.seed,
            "rounds": network.rounds,
            "policy": network.policy,
            "jit_compile": network.jit_compile,
            **_tell_head(network.head),
            "columns": network.sample.columns,
            "settings": _or_none(network.settings),
            "frozen": state.frozen,
            "adapted": list(network.adapted),
            "ranks": {str(k): rank for k, rank in state.ranks.items()},
            "alphas": {str(k): alpha for k, alpha in state.alphas.items()},
            "quantized": {str(k): mode for k, mode in state.quantized.items()},
            "tables": {
                str(k): {n: np.asarray(v).tolist() for n, v in table.items()}
                for k, table in state.tables.items()
            },
        },
    }


def _tell(learned: Mapping[str, Any]) -> dict[str, object]:
    return {
        "learned": {name: learned[name] for name in NAMES if name in learned},
        "arrays": {name: _listed(learned[name]) for name in ARRAYS if name in learned},
    }


def _tell_heads(heads: Any) -> dict[str, object]:
    if heads is None:
        return {}
    return {"heads": {name: _tell(learned) for name, learned in heads.items()}}


def _tell_head(head: Head | dict[str, Head]) -> dict[str, object]:
    if isinstance(head, Head):
        return {"head": vars(head)}
    return {"head": None, "heads": {name: vars(part) for name, part in head.items()}}


def _sift(params: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Separate what JSON can hold from the names of what it cannot."""
    kept: dict[str, object] = {}
    omitted: list[str] = []
    for name, value in params.items():
        if name == "params" and isinstance(value, Mapping):  # lose callbacks, not epochs
            kept[name], lost = _sift(value)
            omitted += [f"params[{entry!r}]" for entry in lost]
        elif name == "layers" and _brings_weights(value):
            omitted.append(name)
        else:
            data = _or_none(value)
            if data is None and value is not None:
                omitted.append(name)
            else:
                kept[name] = data
    return kept, omitted


def _brings_weights(layers: object) -> bool:
    # A configuration holds neither weights nor tables: a new fit from it gives another model.
    recipes = _engine().to_spec(layers) if isinstance(layers, list | tuple) else []
    return any(getattr(r, "weights", None) or getattr(r, "tables", None) for r in recipes)


def _plain(value: object) -> object:
    data = _engine().dump(value)
    json.dumps(data)
    return data


def _or_none(value: object) -> object:
    try:
        return _plain(value)
    except Exception:  # a user's own object may refuse in any way
        return None


def _listed(array: np.ndarray) -> dict[str, object]:
    return {"dtype": array.dtype.str, "values": array.tolist()}


def _arrays(network: Network, state: NetState) -> bytes:
    # Keras's bfloat16 is no dtype of numpy's own; float32 holds it exactly.
    arrays = {f"variable{i:05d}": _numpy(v) for i, v in enumerate(state.variables)}
    arrays |= {f"optimizer{i:05d}": _numpy(v) for i, v in enumerate(state.optimizer)}
    sample: dict[str, Any] = {
        f"sample:{name}": a.toarray() if hasattr(a, "toarray") else a
        for name, a in network.sample.arrays.items()
    }
    arrays |= {k: a.astype("U") if a.dtype.kind == "O" else a for k, a in sample.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _numpy(array: np.ndarray) -> np.ndarray:
    return array if array.dtype.kind in "biufc" else array.astype("float32")


def load(
    cls: type[_Kept],
    path: str | os.PathLike[str],
    custom_objects: Mapping[str, object],
    params: dict[str, object],
) -> _Kept:
    """Read an estimator of class `cls` back; see ``KerasWrapperModel.load``."""
    return unpack(cls, Path(path).read_bytes(), path, custom_objects, params)


def unpack(
    cls: type[_Kept],
    content: bytes,
    path: str | os.PathLike[str],
    custom_objects: Mapping[str, object],
    params: dict[str, object],
) -> _Kept:
    """Make an estimator from the result of `pack`; `path` is its origin."""
    check_known(params, cls._get_param_names(), f"{cls.__name__}.load")
    described, net, arrays = _read(content, path)
    if described.get("class") != cls.__name__:
        raise SavedFileError(
            f"Expected a file of {cls.__name__}, got one of {described.get('class')!r}: {path}. "
            "Load it with that class."
        )
    if described["format"] > FORMAT:
        raise SavedFileError(
            f"The file {path} has format {described['format']}, this version of keraswrap reads "
            f"up to {FORMAT}. Upgrade keraswrap."
        )
    try:
        return _rebuild(cls, described, net, arrays, custom_objects, params)
    except KeraswrapError:
        raise
    except Exception as error:  # Keras has many errors for what it cannot rebuild
        raise SavedFileError(f"The file {path} is corrupt: {error!r}.") from error


def _read(
    content: bytes, path: str | os.PathLike[str]
) -> tuple[dict[str, Any], str, dict[str, np.ndarray]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            described = json.loads(read_member(archive, "estimator.json"))
            net = read_member(archive, "net.json").decode()
            arrays = read_arrays(read_member(archive, "arrays.npz"))
        json.loads(net), int(described["format"]), described["network"], described["params"]
    except SavedFileError as error:
        raise SavedFileError(f"{error} It is {path}.") from None
    except Exception as error:  # zip, JSON and numpy each have errors of their own
        raise SavedFileError(
            f"Expected a file that an estimator's save wrote, got {path}, which is corrupt or "
            f"something else: {error!r}."
        ) from error
    return described, net, arrays


def _rebuild(
    cls: type[_Kept],
    described: dict[str, Any],
    net: str,
    arrays: dict[str, np.ndarray],
    custom_objects: Mapping[str, object],
    params: dict[str, object],
) -> _Kept:
    engine = _engine()
    saved = {
        name: engine.revive(value, custom_objects)
        for name, value in described["params"].items()
        if name not in params
    }
    if net != "null" and not {"model", "layers"} & params.keys():
        engine.vet(json.loads(net), custom_objects)
    stored = {**saved, **params}
    source = "layers" if "layers" in cls._get_param_names() else "model"
    if source not in stored:
        stored[source] = engine.FromConfig(_required(net), custom_objects)
    _warn_of_omitted(described["omitted"], params)
    estimator = cls(**stored)
    learned = read_told(described)
    check_together(learned, _sample(arrays))
    estimator._target = restore_target(learned)
    estimator.__dict__.update({k: v for k, v in learned.items() if k not in TARGET_NAMES})
    # A caller's own build function is trusted and may need values it can read.
    estimator.network_ = _network(
        estimator, described["network"], arrays, custom_objects, trusted=source in params
    )
    return estimator


def _warn_of_omitted(omitted: list[str], params: Mapping[str, object]) -> None:
    # Without model or layers, fit says so itself.
    passed = {"model", "layers", *params}
    lost = [name for name in omitted if name.partition("[")[0] not in passed]
    if lost:
        warn_user(
            f"The file does not hold {', '.join(lost)}: functions and callbacks cannot be saved. "
            "Pass them to load to continue training as before."
        )


def _required(net: str) -> str:
    if net == "null":
        raise SavedFileError(
            "A layer of the saved net has no configuration, or not all of it, so the file alone "
            "cannot rebuild it. Pass the build function: load(path, model=...)."
        )
    return net


def _network(
    estimator: KeptEstimator,
    data: dict[str, Any],
    arrays: dict[str, np.ndarray],
    custom_objects: Mapping[str, object],
    *,
    trusted: bool,
) -> Network:
    engine = _engine()
    columns = data["columns"]
    sample = _sample(arrays)
    tables = {
        int(k): {n: np.asarray(v) if n == "idf_weights" else v for n, v in t.items()}
        for k, t in data["tables"].items()
    }
    settings = data["settings"]
    # A loss or metric of the user's own is not in the file: it may come as a keyword.
    settings = estimator.compile_kwargs if settings is None else settings
    rows = Rows(sample, None if columns is None else tuple(columns))
    variables, optimizer = _ordered(arrays, "variable"), _ordered(arrays, "optimizer")
    by_layer = (
        {int(k): value for k, value in data.get(name, {}).items()}
        for name in ("ranks", "alphas", "quantized")
    )
    state = engine.NetState(variables, optimizer, tables, data.get("frozen"), *by_layer)
    return engine.Network.restored(
        builder=estimator._recipe(),
        meta=estimator._meta(rows),
        sample=rows,
        seed=data["seed"],
        rounds=data["rounds"],
        policy=data.get("policy"),  # earlier versions knew of neither
        jit_compile=data.get("jit_compile"),
        # Positions without a table have nothing to restore.
        adapted=[k for k in data.get("adapted", ()) if k in tables],
        head=_head(data, estimator),
        settings=settings if data["settings"] is None else engine.revive(settings, custom_objects),
        state=state,
        trusted=trusted,
    )


def _head(data: Mapping[str, Any], estimator: KeptEstimator) -> Head | dict[str, Head]:
    told, known = set(data.get("heads") or ()), set(getattr(estimator._target, "parts", ()))
    if told != known:
        raise SavedFileError(
            f"Expected outputs as y has them, {sorted(known)}, got {sorted(told)}. The file is "
            "corrupt."
        )
    if told:
        return {name: Head(**part) for name, part in data["heads"].items()}
    # In files of version 0.1 a regressor has none.
    return number_head(estimator.n_outputs_) if data["head"] is None else Head(**data["head"])


def _sample(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        k.removeprefix("sample:"): a.astype(object) if a.dtype.kind == "U" else a
        for k, a in arrays.items()
        if k.startswith("sample:")
    }


def _ordered(arrays: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [arrays[name] for name in sorted(arrays) if name.startswith(prefix)]
