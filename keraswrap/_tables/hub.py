"""Data sets of Hugging Face's hub, by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from keraswrap._hub import snapshot
from keraswrap._optional import require
from keraswrap._tables.parquet import with_texts
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from datasets import DatasetDict

_FILES = ["*.parquet", "*.csv", "*.json", "*.jsonl", "*.arrow", "README.md"]


def read_hub(name: str) -> pd.DataFrame:
    """Read the train split of a dataset, or its first one, with class names as labels.

    Parameters
    ----------
    name : str
        ``hf://owner/name``, with ``@revision`` or without.

    Raises
    ------
    ParameterError, DownloadError, MissingExtraError
        As from :func:`keraswrap._hub.snapshot`.
    InputError
        If it is not a single dataset that can be read as a table.
    """
    folder = snapshot(name, "dataset", _FILES)
    loaded = _load(folder, name)
    split = loaded["train"] if "train" in loaded else next(iter(loaded.values()))
    frame = with_texts(split.with_format("arrow")[:]).to_pandas()
    for column, feature in split.features.items():
        if hasattr(feature, "names"):  # classes stored as numbers
            frame[column] = [feature.names[code] for code in frame[column]]
    return frame


def _load(folder: Path, name: str) -> DatasetDict:
    datasets = require("datasets", "text")
    datasets.disable_progress_bars()
    try:
        return datasets.load_dataset(str(folder))
    except Exception as error:  # its readers fail in many ways, each with its own class
        raise InputError(
            f"Expected a data set of one configuration in {name!r}, got "
            f"{type(error).__name__}: {error}. Save the part you want as a CSV file."
        ) from error
