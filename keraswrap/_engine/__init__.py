"""Build, compile, train and run Keras models, and keep their seeds and state.

Nothing outside this package touches a Keras model; importing it loads Keras
and its backend, so the wrappers import it when they first fit.
"""

from keraswrap._engine.batches import TrainingData
from keraswrap._engine.builders import FromConfig, FromFunction, FromLayers
from keraswrap._engine.contrastive_loss import SupervisedContrastive
from keraswrap._engine.model_pool import pool
from keraswrap._engine.network import Network
from keraswrap._engine.precision import auto_precision, check_precision, default_jit
from keraswrap._engine.safe_config import dump, revive, vet
from keraswrap._engine.seeds import draw_seed
from keraswrap._engine.serialization import from_spec, to_spec
from keraswrap._engine.shared_epochs import why_unshared
from keraswrap._engine.stacks import Member, train_stacked, why_alone
from keraswrap._engine.state import NetState
from keraswrap._engine.threads import respect_limit
from keraswrap._engine.to_openvino import to_openvino
from keraswrap._engine.training import train
from keraswrap._engine.transfer import transfer

__all__ = [
    "FromConfig",
    "FromFunction",
    "FromLayers",
    "Member",
    "NetState",
    "Network",
    "SupervisedContrastive",
    "TrainingData",
    "auto_precision",
    "check_precision",
    "default_jit",
    "draw_seed",
    "dump",
    "from_spec",
    "pool",
    "revive",
    "to_openvino",
    "to_spec",
    "train",
    "train_stacked",
    "transfer",
    "vet",
    "why_alone",
    "why_unshared",
]

# TensorFlow fixes its number of threads at the first computation.
respect_limit()
