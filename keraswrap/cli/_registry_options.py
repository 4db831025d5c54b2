"""The commands that use a registry of models, and their options. Loads nothing but argparse."""

from __future__ import annotations

from keraswrap.cli._options import Add, Commands, command

_TO = (
    "the registry: a file such as registry.sqlite, or an address of MLflow such as http://host:5000"
)


def add_register(commands: Commands) -> None:
    """Add ``keraswrap register``."""
    add = command(
        commands,
        "register",
        "add a saved model to a registry, as a new version",
        "Add a saved model to a registry, as a new version. Versions are never changed or deleted; "
        "a file that the model already has stays the version that it is.",
    )
    add("model", metavar="MODEL", help="what `keraswrap train` or save_estimator wrote")
    add("name", metavar="NAME", help="of the model, which may have other versions")
    add("--to", required=True, metavar="REGISTRY", help=_TO)
    add("--alias", metavar="NAME", help="alias to point to this version, such as champion")
    add("--metric", metavar="NAME=NUMBER", action="append", default=[], help="a metric, such as "
        "accuracy=0.93; may be repeated")  # fmt: skip
    add("--description", metavar="TEXT", default="", help="what is to be known of this version")
    add("--again", action="store_true", help="make a new version even of a file that the model "
        "already has")  # fmt: skip
    _add_json(add)


def add_models(commands: Commands) -> None:
    """Add ``keraswrap models``."""
    add = command(
        commands,
        "models",
        "list the models of a registry",
        "List the models of a registry: each version with its aliases, size, time and metrics.",
    )
    add("name", metavar="NAME", nargs="?", help="only the versions of this model")
    add("--to", required=True, metavar="REGISTRY", help=_TO)
    _add_json(add)


def _add_json(add: Add) -> None:
    add("--json", action="store_true", help="print the result as JSON on standard output")
