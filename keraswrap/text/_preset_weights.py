"""The weights of keras-hub's presets, by the classes that they were saved from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.files import read_json
from keraswrap._checkpoints.presets import PRESET_WEIGHTS
from keraswrap._optional import require
from keraswrap.exceptions import InputError
from keraswrap.text._presets import preset_classes, preset_of

if TYPE_CHECKING:
    import keras
    import keras_hub


def load_preset_backbone(folder: str) -> keras_hub.models.Backbone:
    """Load a preset as the backbone that keras-hub has for it.

    Parameters
    ----------
    folder : str
        A preset.

    Raises
    ------
    InputError
        If its weights do not fit its configuration.
    """
    backbone = _preset_backbone(folder)
    weights = next(Path(folder, name) for name in PRESET_WEIGHTS if Path(folder, name).is_file())
    _fill(backbone.load_weights, weights, backbone.weights)
    return backbone


def load_preset_head(folder: str) -> dict[str, list[np.ndarray]]:
    """Load kernel and bias of a preset's classification head.

    Parameters
    ----------
    folder : str
        A preset of which :func:`preset_labels` is not None.

    Returns
    -------
    dict of str to list of two ndarray
        ``"logits"``, the last layer, and ``"pooled_dense"``, the one before it
        in the kinds that have such.

    Raises
    ------
    InputError
        If the weights do not fit task.json.
    """
    models = require("keras_hub", "text").models
    settings = read_json(Path(folder, "task.json"))["config"]
    kind = read_json(Path(folder, "config.json"))["class_name"]
    known = {name: settings[name] for name in ("num_classes", "hidden_dim") if name in settings}
    make = getattr(models, kind.replace("Backbone", "TextClassifier"))
    task = make(backbone=_preset_backbone(folder), preprocessor=None, **known)
    named = [layer for layer in task.layers if layer.name in ("pooled_dense", "logits")]
    weights = [weight for layer in named for weight in layer.weights]
    _fill(task.load_task_weights, Path(folder, "task.weights.h5"), weights)
    return {layer.name: layer.get_weights() for layer in named}


def _preset_backbone(folder: str) -> keras_hub.models.Backbone:
    models = require("keras_hub", "text").models
    config = read_json(Path(folder, "config.json"))
    preset = preset_of(preset_classes()[config["class_name"]])
    own = preset.all_arguments.values()
    arguments = {name: value for name, value in config["config"].items() if name in own}
    return getattr(models, preset.backbone)(**arguments)


def _fill(load: Callable[[str], None], path: Path, weights: Iterable[keras.Variable]) -> None:
    # Keras leaves a weight unchanged if the file lacks it; NaN reveals that.
    for weight in (weights := list(weights)):
        weight.assign(np.full(weight.shape, np.nan))
    try:
        load(str(path))
        lost = [weight.path for weight in weights if np.isnan(np.asarray(weight)).any()]
        if lost:
            raise ValueError(f"no numbers for {lost[:6]}")
    except Exception as error:  # a broken file fails in h5py, a foreign one in Keras
        raise InputError(
            f"Expected weights that fit the configuration in {str(path)!r}, got "
            f"{type(error).__name__}: {error!s:.300}. Fetch the preset again."
        ) from error
