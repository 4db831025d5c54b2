"""Where pickles of version 0.1 look for what lies elsewhere now; to go in 0.3."""

from __future__ import annotations

import sys
from types import ModuleType

from keraswrap._engine import builders, layer_spec, object_specs, serialization

_MOVED = {
    "recipes": {
        "FromConfig": builders.FromConfig,
        "FromFunction": builders.FromFunction,
        "FromLayers": builders.FromLayers,
        "LayerRecipe": layer_spec.LayerSpec,
    },
    "copying": {"ObjectRecipe": object_specs.ObjectSpec, "Called": object_specs.Called},
    "portable": {
        "_Made": serialization._Made,
        "_MadeMetric": serialization._MadeMetric,
        "_Part": serialization._Part,
    },
}


def register_old_paths() -> None:
    """Let `pickle` find each class under the module that it was in."""
    for name, members in _MOVED.items():
        module = ModuleType(f"{__package__}.{name}")
        vars(module).update(members)
        sys.modules[module.__name__] = module
