"""What was tried, which model it gave, and where that model is: tracking and a registry."""

from keraswrap.tracking._names import ModelName, parse_model_name
from keraswrap.tracking._open import open_registry
from keraswrap.tracking._records import Event, RegisteredModel, TrackedRun
from keraswrap.tracking._register import register
from keraswrap.tracking._registry import Registry
from keraswrap.tracking._track import track_search

__all__ = [
    "Event",
    "ModelName",
    "RegisteredModel",
    "Registry",
    "TrackedRun",
    "open_registry",
    "parse_model_name",
    "register",
    "track_search",
]
