"""Texts that a language model writes for scarce classes, checked and compared with real ones."""

from keraswrap.synthetic._checks import CHECKS
from keraswrap.synthetic._classifier import SyntheticClassifier
from keraswrap.synthetic._synthesizer import TextSynthesizer
from keraswrap.synthetic._table import SyntheticText, SyntheticTexts

__all__ = ["CHECKS", "SyntheticClassifier", "SyntheticText", "SyntheticTexts", "TextSynthesizer"]
