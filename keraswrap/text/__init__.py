"""Texts for Keras nets: checkpoints, tokens, vectors, build functions, and estimators."""

from keraswrap._texts import check_texts
from keraswrap.text._backbones import load_backbone
from keraswrap.text._build_functions import (
    build_text_classifier,
    build_text_encoder,
    build_text_regressor,
    build_vector_head,
)
from keraswrap.text._classifier import TransformerClassifier
from keraswrap.text._embedder import TextEmbedder
from keraswrap.text._embedding_cache import CacheInfo, EmbeddingCache
from keraswrap.text._encoders import check_encoder, resolve_encoder
from keraswrap.text._fast_tokenizers import read_pad_id
from keraswrap.text._length_report import LengthReport
from keraswrap.text._pretrained_heads import PretrainedHead, apply_head, head_features, load_head
from keraswrap.text._regressor import TransformerRegressor
from keraswrap.text._token_ids import encode_texts, truncated_share
from keraswrap.text._tokenizer import TextTokenizer

__all__ = [
    "CacheInfo",
    "EmbeddingCache",
    "LengthReport",
    "PretrainedHead",
    "TextEmbedder",
    "TextTokenizer",
    "TransformerClassifier",
    "TransformerRegressor",
    "apply_head",
    "build_text_classifier",
    "build_text_encoder",
    "build_text_regressor",
    "build_vector_head",
    "check_encoder",
    "check_texts",
    "encode_texts",
    "head_features",
    "load_backbone",
    "load_head",
    "read_pad_id",
    "resolve_encoder",
    "truncated_share",
]
