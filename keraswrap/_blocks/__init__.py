"""Transformer blocks that keras-hub does not have: with relative positions of three kinds.

They are registered by name, so files and models contain them without code. Each is
called with the arguments of ``keras_hub.layers.TransformerEncoder``, and more.
"""

from keraswrap._blocks._disentangled import DisentangledBlock, DistanceTable
from keraswrap._blocks._distances import PositionBias
from keraswrap._blocks._encoder import EncoderBlock
from keraswrap._blocks._rotary import RotaryBlock

__all__ = ["DisentangledBlock", "DistanceTable", "EncoderBlock", "PositionBias", "RotaryBlock"]
