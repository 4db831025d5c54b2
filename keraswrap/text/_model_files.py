"""A fitted text estimator in one file: JSON, arrays and its tokenizer, and no code.

What is trained goes in whole, tokenizer included, so such a file predicts
without the checkpoint. Where only a head was trained the encoder stays where it
is, and the file holds what it hashes to.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keraswrap._archive import read_member, write_zip
from keraswrap._params import check_known
from keraswrap._saving import FORMAT, pack, unpack, versions, write_whole
from keraswrap.exceptions import KeraswrapError, SavedFileError
from keraswrap.text._contrastive import RECIPES
from keraswrap.text._embedder import TextEmbedder
from keraswrap.text._fast_tokenizers import load_tokenizer
from keraswrap.text._length_report import LengthReport
from keraswrap.text._numeric_features import Scaling
from keraswrap.text._schedule import Recipe
from keraswrap.text._text_notices import learn
from keraswrap.text._tokenizer import TextTokenizer

if TYPE_CHECKING:
    from typing import TypeVar

    from numpy.typing import ArrayLike

    from keraswrap._checkpoints.files import JsonObject
    from keraswrap.text._base import Transformer

    Loaded = TypeVar("Loaded", bound=Transformer)

_ABOUT, _ESTIMATOR, _TOKENIZER = "transformer.json", "estimator.keraswrap", "tokenizer/"
# Files that a tokenizer's folder may hold: names from an archive must not choose a path.
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def save(transformer: Transformer, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to `path`, whole or not at all."""
    write_whole(path, pack_texts(transformer))


def pack_texts(transformer: Transformer) -> bytes:
    """Return what `save` writes."""
    tokenizer = _tokenizer_files(transformer.vectorizer_)
    members: dict[str, str | bytes] = {
        _ABOUT: json.dumps(_describe(transformer), indent=1),
        _ESTIMATOR: pack(transformer.estimator_),
        **{_TOKENIZER + name: content for name, content in tokenizer.items()},
    }
    return write_zip(members, stored=[_ESTIMATOR])


def _describe(transformer: Transformer) -> JsonObject:
    params = transformer.get_params(deep=False)
    recipe = asdict(transformer.recipe_)
    recipe["params"] = {k: v for k, v in recipe["params"].items() if k != "callbacks"}
    return {
        "format": FORMAT,
        "class": type(transformer).__name__,
        "versions": versions(),
        "params": {name: _plain(value) for name, value in params.items()},
        "recipe": recipe,
        "seed": transformer.seed_,
        "scale": [transformer.mean_.tolist(), transformer.scale_.tolist()]
        if hasattr(transformer, "scale_")
        else None,
        "numeric": _numeric(transformer.numeric_scaling_),
        "texts": _report(transformer),
        "fingerprint": getattr(transformer.vectorizer_, "fingerprint_", None),
    }


def _report(transformer: Transformer) -> JsonObject | None:
    if not hasattr(transformer, "report_"):  # a head from a checkpoint has seen no texts
        return None
    report = asdict(transformer.report_)
    pairs = {name: list(report[name].items()) for name in ("quantiles", "truncated")}
    return {**report, **pairs}


def _numeric(scaling: Scaling | None) -> JsonObject | None:
    if scaling is None:
        return None
    moments = [scaling.mean.tolist(), scaling.scale.tolist()]
    return {"names": list(scaling.names), "scale": moments}


def _plain(value: object) -> object:
    """Return a parameter as JSON holds it; a dict as pairs, since its keys may be numbers."""
    if isinstance(value, Mapping):
        return {"pairs": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    # A random generator cannot be saved; the seed drawn from it is in the file.
    plain = value is None or isinstance(value, str | int | float | bool | list | tuple)
    return value if plain else None


def _tokenizer_files(vectorizer: TextTokenizer | TextEmbedder) -> dict[str, bytes]:
    if not isinstance(vectorizer, TextTokenizer):
        return {}
    given = vectorizer.tokenizer
    tokenizer = load_tokenizer(given) if isinstance(given, str | os.PathLike) else given
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        found = {name: Path(folder, name) for name in _TOKENIZER_FILES}
        return {name: file.read_bytes() for name, file in found.items() if file.exists()}


def load(cls: type[Loaded], path: str | os.PathLike[str], params: dict[str, object]) -> Loaded:
    """Read an estimator of class `cls` back."""
    return unpack_texts(cls, Path(path).read_bytes(), path, params)


def unpack_texts(
    cls: type[Loaded], content: bytes, path: str | os.PathLike[str], params: dict[str, object]
) -> Loaded:
    """Make an estimator from the result of `pack_texts`; `path` is its origin."""
    check_known(params, cls._get_param_names(), f"{cls.__name__}.load")
    about, parts = _read(content, path)
    if about["class"] != cls.__name__ or about["format"] > FORMAT:
        raise SavedFileError(
            f"Expected a file of {cls.__name__} of format {FORMAT} or less, got one of "
            f"{about['class']!r:.60} of format {about['format']}: {path}. Load it with that "
            "class, or upgrade keraswrap."
        )
    try:
        return _rebuild(cls, about, parts, path, params)
    except (KeraswrapError, OSError):
        raise
    except Exception as error:  # unexpected JSON fails in many ways
        raise SavedFileError(f"The file {path} is corrupt: {error!r}.") from error


def _read(content: bytes, path: str | os.PathLike[str]) -> tuple[JsonObject, dict[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about = json.loads(read_member(archive, _ABOUT))
            wanted = {_ESTIMATOR, *(_TOKENIZER + name for name in _TOKENIZER_FILES)}
            parts = {n: read_member(archive, n) for n in wanted & set(archive.namelist())}
        about["class"], about["params"], int(about["format"]), parts[_ESTIMATOR]
    except SavedFileError as error:
        raise SavedFileError(f"{error} It is {path}.") from None
    except Exception as error:  # zip and JSON have errors of their own
        raise SavedFileError(
            f"Expected a file that {_ABOUT} is in, as save writes it, got {path}, which is corrupt "
            f"or something else: {error!r}."
        ) from error
    return about, parts


def _rebuild(
    cls: type[Loaded],
    about: JsonObject,
    parts: dict[str, bytes],
    path: str | os.PathLike[str],
    params: dict[str, object],
) -> Loaded:
    saved = {name: _live(value) for name, value in about["params"].items()}
    transformer = cls(**{**saved, **params})
    transformer.recipe_ = _recipe(about["recipe"])
    asked: dict[str, object] = {"runtime": transformer.runtime}
    transformer.estimator_ = unpack(cls._wrapper, parts[_ESTIMATOR], path, {}, asked)
    transformer.vectorizer_ = _vectorizer(transformer, about, parts)
    if about["scale"] is not None:
        columns = transformer.estimator_.n_outputs_
        transformer.mean_, transformer.scale_ = _scale(about["scale"], columns)
    if about.get("numeric") is not None:
        names = tuple(map(str, about["numeric"]["names"]))
        transformer.numeric_scaling_ = Scaling(
            names, *_scale(about["numeric"]["scale"], len(names))
        )
    transformer._learn(transformer.recipe_)
    if about.get("texts") is not None:
        pairs = {name: dict(about["texts"][name]) for name in ("quantiles", "truncated")}
        report = LengthReport(**{**about["texts"], **pairs})
        learn(
            transformer,
            report,
            None if transformer.long_texts == "windows" else transformer.max_length,
        )
    return transformer


def _recipe(data: JsonObject) -> Recipe:
    whole = [data[name] for name in ("epochs", "batch_size", "steps", "warmup_steps")]
    real = [data["learning_rate"], data["weight_decay"]]
    kinds = all(type(v) is int for v in whole) and all(type(v) in (int, float) for v in real)
    kinds = kinds and data.get("name", "standard") in RECIPES
    if not kinds or min(whole + real) < 0 or not isinstance(data["params"], dict):
        raise SavedFileError(
            f"Expected a recipe of numbers, 0 or more, got {data!r:.200}. The file is corrupt."
        )
    return Recipe(**data)


def _scale(data: Sequence[ArrayLike], columns: int) -> list[np.ndarray]:
    """Read the mean and the scale of each column of numbers that was fitted."""
    mean, scale = (np.array(part, dtype=np.float64) for part in data)
    wanted = (columns,)
    if (mean.shape, scale.shape) != (wanted, wanted) or not (np.isfinite(mean) & (scale > 0)).all():
        raise SavedFileError(
            f"Expected a mean and a scale above 0 for each of {wanted[0]} columns, got "
            f"{data!r:.200}. The file is corrupt."
        )
    return [mean, scale]


def _live(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _live(entry) for key, entry in value["pairs"]}
    return value


def _vectorizer(
    transformer: Transformer, about: JsonObject, parts: dict[str, bytes]
) -> TextTokenizer | TextEmbedder:
    length, empty = transformer.max_length, transformer.empty
    if about["fingerprint"] is None:
        files = {n: parts[_TOKENIZER + n] for n in _TOKENIZER_FILES if _TOKENIZER + n in parts}
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                Path(folder, name).write_bytes(content)
            tokenizer = TextTokenizer(load_tokenizer(folder), length, empty=empty)
            tokenizer._attach()
            return tokenizer
    embedder = transformer._vectorizer("head", transformer.encoder)
    embedder._attach()
    if embedder.fingerprint_ != about["fingerprint"]:
        raise SavedFileError(
            f"Expected the encoder that the file's head was trained on, got another one for "
            f"{transformer.encoder!r}. Pass load(path, encoder=...) where it is."
        )
    return embedder
