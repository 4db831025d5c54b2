"""The only door to Keras: build, compile, fit, predict, seeds, state.

Nothing outside this package touches a Keras model; importing it loads Keras
and its backend, so the wrappers import it when they first fit.
"""

from keraswrap._engine.network import Network
from keraswrap._engine.recipes import FromConfig, FromFunction, FromLayers, portable_layers
from keraswrap._engine.seeds import draw_seed

__all__ = [
    "FromConfig",
    "FromFunction",
    "FromLayers",
    "Network",
    "draw_seed",
    "portable_layers",
]
