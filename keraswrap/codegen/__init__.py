"""Pipelines for tables that a language model chooses, measured against simple baselines."""

from keraswrap.codegen._code_features import CodeFeatures
from keraswrap.codegen._writer import PipelineWriter

__all__ = ["CodeFeatures", "PipelineWriter"]
