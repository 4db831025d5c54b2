"""Provide classes under their names in pickles of version 0.1; see `keraswrap._moved`.

Can be removed in version 0.3.
"""

from keraswrap._engine.builders import FromConfig, FromFunction, FromLayers
from keraswrap._engine.layer_spec import LayerSpec as LayerRecipe
from keraswrap._engine.object_specs import Called
from keraswrap._engine.object_specs import ObjectSpec as ObjectRecipe
from keraswrap._engine.serialization import _Made, _MadeMetric, _Part

__all__ = [
    "Called",
    "FromConfig",
    "FromFunction",
    "FromLayers",
    "LayerRecipe",
    "ObjectRecipe",
    "_Made",
    "_MadeMetric",
    "_Part",
]
