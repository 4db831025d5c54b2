"""The only door to Keras: build, compile, fit, predict, seeds, state.

Nothing outside this package touches a Keras model; importing it loads Keras
and its backend, so the wrappers import it when they first fit.
"""

from keraswrap._engine.keeping import pool
from keraswrap._engine.network import Network, TrainingData
from keraswrap._engine.portable import live, portable
from keraswrap._engine.precision import auto_precision, check_precision, default_jit
from keraswrap._engine.recipes import FromConfig, FromFunction, FromLayers
from keraswrap._engine.seeds import draw_seed
from keraswrap._engine.state import NetState
from keraswrap._engine.stopping import why_unshared
from keraswrap._engine.threads import respect_limit
from keraswrap._engine.vetting import dump, revive, vet

__all__ = [
    "FromConfig",
    "FromFunction",
    "FromLayers",
    "NetState",
    "Network",
    "TrainingData",
    "auto_precision",
    "check_precision",
    "default_jit",
    "draw_seed",
    "dump",
    "live",
    "pool",
    "portable",
    "revive",
    "vet",
    "why_unshared",
]

# Before anything is computed.
respect_limit()
