"""``keraswrap register``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from keraswrap.cli._output import give
from keraswrap.exceptions import ParameterError


def run(options: argparse.Namespace) -> None:
    """Add a saved model to a registry."""
    from keraswrap.tracking import open_registry, register

    metrics = _metrics(options.metric)
    registry = open_registry(options.to)
    made = register(
        options.model,
        options.name,
        registry,
        metrics=metrics,
        alias=options.alias,
        description=options.description,
        again=options.again,
    )
    aliases = "".join(f", {made.name}@{alias}" for alias in made.aliases)
    give(asdict(made), f"{made.name}:{made.version}{aliases} in {registry.where}", options.json)


def _metrics(texts: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in map(_metric, texts):
        if name in found:
            raise ParameterError(
                f"Expected each --metric once, got {name!r:.60} as {found[name]:g} and as "
                f"{value:g}. Keep one."
            )
        found[name] = value
    return found


def _metric(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise ParameterError(
            f"Expected --metric NAME=NUMBER, got {text!r}. Write it as in accuracy=0.93."
        ) from None
