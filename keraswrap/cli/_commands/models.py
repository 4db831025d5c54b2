"""``keraswrap models``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from keraswrap._wording import counted
from keraswrap.cli._output import give
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from keraswrap.tracking import RegisteredModel


def run(options: argparse.Namespace) -> None:
    """List the models of a registry."""
    from keraswrap.tracking import open_registry

    registry = open_registry(options.to)
    path = getattr(registry, "path", None)
    if path is not None and not path.exists():
        raise InputError(
            f"Expected a registry, got no file at {registry.where!r}. `keraswrap register` makes "
            "one."
        )
    names = [options.name] if options.name else registry.names()
    found = [one for name in names for one in registry.versions(name)]
    if options.name and not found:
        raise InputError(
            f"Expected a model in {registry.where!r}, got {options.name!r}, which is not there. "
            "Leave the name out to list them."
        )
    text = "\n".join(map(_line, found)) or "no models"
    give({"models": [asdict(one) for one in found]}, text, options.json)


def _line(model: RegisteredModel) -> str:
    aliases = "".join(f" @{alias}" for alias in model.aliases)
    metrics = "".join(f", {name} {value:.4g}" for name, value in sorted(model.metrics.items()))
    size = counted(-(-model.file.n_bytes // 1000), "kB", "kB")
    about = f"{model.file.class_name}, {size}, {model.created[:16].replace('T', ' ')} UTC"
    return f"{model.name}:{model.version}{aliases}: {about}{metrics}"
