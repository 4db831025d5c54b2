"""How long and how fast to train: epochs, steps and the course of the learning rate. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._params import check_count
from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    import keras

    from keraswrap.text._base import Transformer


@dataclass(frozen=True)
class Default:
    """Defaults for one way of training.

    Parameters
    ----------
    learning_rate : float
        The highest that is reached, for an encoder as wide as MiniLM: the best
        of those in benchmarks/text.json.
    least_epochs : int
        Devlin et al. 2019 fine-tuned for 2 to 4.
    steps : int
        With few texts there are more epochs, up to 20, to come to so many
        steps: Mosbach et al. 2021 found that too few are what makes
        fine-tuning on small data fail.
    most_epochs : int
        With few texts.
    scaled : bool
        Whether wider encoders get a lower learning rate. It falls with the
        square of the width, which brings 768, BERT's base, to 7.5e-5 and 1024
        to 4.2e-5, where Devlin et al. 2019 chose from 2e-5 to 5e-5.
    """

    learning_rate: float
    least_epochs: int = 3
    steps: int = 200
    most_epochs: int = 20
    scaled: bool = True

    def epochs(self, steps_an_epoch: int) -> int:
        """Return the number of epochs.

        Examples
        --------
        >>> Default(1e-4).epochs(1000), Default(1e-4).epochs(40), Default(1e-4).epochs(2)
        (3, 5, 20)
        """
        return max(self.least_epochs, min(self.most_epochs, math.ceil(self.steps / steps_an_epoch)))

    def rate(self, width: int) -> float:
        """Return the learning rate for an encoder.

        Examples
        --------
        >>> Default(3e-4).rate(768), Default(3e-4).rate(128)
        (7.5e-05, 0.0003)
        """
        return self.learning_rate * (min(1.0, _WIDTH / width) ** 2 if self.scaled else 1.0)


_WIDTH = 384
DEFAULTS: Mapping[str, Default] = {
    "all": Default(3e-4),
    "last": Default(1e-3),
    "lora": Default(3e-3),
    "head": Default(3e-3, least_epochs=20, steps=1000, scaled=False),
}
# Where texts are compared before a head is fitted.
CONTRASTIVE: Mapping[str, Default] = {
    "all": Default(3e-4, steps=80),
    "last": Default(1e-3, steps=80),
    "lora": Default(3e-3, steps=80),
}
# As in Devlin et al. (2019).
_CLIP = 1.0


@dataclass(frozen=True)
class Recipe:
    """What one fit is trained with.

    Parameters
    ----------
    epochs, batch_size, steps : int
        Steps are those of all epochs.
    warmup_steps : int
        In which the learning rate rises from 0.
    params : mapping
        Arguments of the wrapper's fit.
    name : {"standard", "contrastive"}
        Whether a classifier is trained as a whole, or texts are compared first.
    """

    epochs: int
    batch_size: int
    steps: int
    warmup_steps: int
    learning_rate: float
    weight_decay: float
    params: Mapping[str, object]
    name: str = "standard"

    @property
    def compile_kwargs(self) -> dict[str, object]:
        """What the wrapper's nets are compiled with: AdamW, in Keras's configuration."""
        schedule = {
            "initial_learning_rate": 0.0 if self.warmup_steps else self.learning_rate,
            "decay_steps": max(1, self.steps - self.warmup_steps),
            "warmup_target": self.learning_rate if self.warmup_steps else None,
            "warmup_steps": self.warmup_steps,
        }
        config = {
            "learning_rate": _described("CosineDecay", schedule, ".schedules"),
            "weight_decay": self.weight_decay,
            "global_clipnorm": _CLIP,
        }
        return {"optimizer": _described("AdamW", config), "metrics": None}


def _described(name: str, config: Mapping[str, object], part: str = "") -> dict[str, object]:
    """Name one of Keras's objects as its own files do."""
    module = f"keras.optimizers{part}"
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def choose_recipe(
    settings: Transformer, kind: str, n: int, width: int, batch_size: int | None = None
) -> Recipe:
    """Choose what a fit is trained with.

    Parameters
    ----------
    settings : estimator
        With the parameters of :class:`~keraswrap.text.TransformerClassifier`.
    kind : {"all", "last", "lora", "head"}
        What is trained.
    n : int
        Rows to train on: texts, or windows of them, without those held out.
    width : int
        Of the encoder's states.
    batch_size : int, optional
        Of a contrastive fit, whose batches are balanced and may be smaller.
    """
    name = "standard" if batch_size is None else "contrastive"
    default = DEFAULTS[kind] if batch_size is None else CONTRASTIVE[kind]
    batch_size = settings.batch_size if batch_size is None else batch_size
    rate = default.rate(width) if settings.learning_rate is None else settings.learning_rate
    fraction = settings.validation_fraction if settings.early_stopping else 0.0
    steps_an_epoch = math.ceil(n / batch_size)
    epochs = default.epochs(steps_an_epoch) if settings.epochs is None else settings.epochs
    steps = epochs * steps_an_epoch
    params: dict[str, object] = {"epochs": epochs, "batch_size": batch_size}
    params |= {"verbose": settings.verbose, "validation_split": fraction}
    if settings.early_stopping:
        params["callbacks"] = [_stop_early(settings.n_iter_no_change)]
    warmup_steps = round(settings.warmup * steps)
    return Recipe(
        epochs,
        batch_size,
        steps,
        warmup_steps,
        float(rate),
        float(settings.weight_decay),
        params,
        name,
    )


def _stop_early(patience: int) -> keras.callbacks.Callback:
    import keras

    return keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)


def check_settings(settings: Transformer, kind: str) -> None:
    """Check what a recipe is chosen from.

    Parameters
    ----------
    settings : estimator
        With the parameters of :class:`~keraswrap.text.TransformerClassifier`.
    kind : {"all", "last", "lora", "head"}
        What is trained.

    Raises
    ------
    ParameterError
        If a parameter is out of its range.
    """
    _check_range(settings, "warmup", 0, 1)
    _check_range(settings, "dropout", 0, 1)
    _check_range(settings, "weight_decay", 0, np.inf)
    if settings.learning_rate is not None:
        _check_range(settings, "learning_rate", 0, np.inf, open_below=True)
    _check_range(settings, "validation_fraction", 0, 1, open_below=True)
    for name in ("epochs", "batch_size", "n_iter_no_change"):
        value = getattr(settings, name)
        if value is not None or name != "epochs":  # whose default follows from the texts
            check_count(name, value)
    if kind == "lora" and settings.precision in ("bfloat16", "float16"):
        # Keras's LoRA weights are always float32, and its clipping needs a single dtype.
        raise ParameterError(
            f"Expected a precision with weights in float32 for {settings.trainable!r}, got "
            f"{settings.precision!r}. Use 'mixed_{settings.precision}'."
        )


def _check_range(
    settings: Transformer, name: str, low: float, high: float, *, open_below: bool = False
) -> None:
    value = getattr(settings, name)
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (number and low <= value < high and (value > low or not open_below)):
        bracket = "(" if open_below else "["
        raise ParameterError(f"Expected {name} in {bracket}{low}, {high}), got {value!r}.")
