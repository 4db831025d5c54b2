"""One record for each architecture: all that is known of it, in a file of its name."""

from __future__ import annotations

from importlib import import_module

from keraswrap.text.architectures._record import Architecture

__all__ = ["ARCHITECTURES", "Architecture", "find_architecture"]

# Each is a module here with a RECORD.
_NAMES = (
    "albert",
    "bert",
    "deberta_v2",
    "distilbert",
    "electra",
    "modernbert",
    "mpnet",
    "roberta",
    "xlm_roberta",
)
ARCHITECTURES: tuple[Architecture, ...] = tuple(
    import_module(f"{__name__}.{name}").RECORD for name in _NAMES
)


def find_architecture(name: object) -> Architecture | None:
    """Find the record of an architecture.

    Parameters
    ----------
    name : str
        ``model_type`` in transformers' config.json, or the name of the class
        that keras-hub has for it.

    Returns
    -------
    Architecture or None
        None where nothing is known of it.

    Examples
    --------
    >>> find_architecture("BertBackbone").kind
    'bert'
    """
    for record in ARCHITECTURES:
        if name == record.kind or (record.preset and name == record.preset.backbone):
            return record
    return None
