"""Texts for Keras nets: checkpoints, tokens and a build function."""

from keraswrap.text.classifier import build_text_classifier
from keraswrap.text.encoders import check_encoder, read_pad_id, resolve_encoder
from keraswrap.text.lengths import LengthReport
from keraswrap.text.tokenizer import TextTokenizer
from keraswrap.text.tokens import check_texts, encode_texts, truncated_share

__all__ = [
    "LengthReport",
    "TextTokenizer",
    "build_text_classifier",
    "check_encoder",
    "check_texts",
    "encode_texts",
    "read_pad_id",
    "resolve_encoder",
    "truncated_share",
]
