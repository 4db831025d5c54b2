"""Texts that a language model writes for scarce classes, checked and compared with real ones."""

from keraswrap.synthetic._check import check_synthetic
from keraswrap.synthetic._check_result import Copying, LabelNoise, SyntheticCheck
from keraswrap.synthetic._checks import CHECKS
from keraswrap.synthetic._classifier import SyntheticClassifier
from keraswrap.synthetic._comparison import compare_synthetic
from keraswrap.synthetic._comparison_result import Score, SyntheticComparison, SyntheticGain
from keraswrap.synthetic._diversity import Diversity
from keraswrap.synthetic._nearest import NearestShare
from keraswrap.synthetic._synthesizer import TextSynthesizer
from keraswrap.synthetic._table import SyntheticText, SyntheticTexts

__all__ = [
    "CHECKS",
    "Copying",
    "Diversity",
    "LabelNoise",
    "NearestShare",
    "Score",
    "SyntheticCheck",
    "SyntheticClassifier",
    "SyntheticComparison",
    "SyntheticGain",
    "SyntheticText",
    "SyntheticTexts",
    "TextSynthesizer",
    "check_synthetic",
    "compare_synthetic",
]
