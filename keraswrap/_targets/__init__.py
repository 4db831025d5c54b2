"""What a net is trained on: labels, indicators or numbers in, predictions out."""

from keraswrap._targets._indicators import check_indicator, is_indicator
from keraswrap._targets._labels import check_labels, encode

__all__ = ["check_indicator", "check_labels", "encode", "is_indicator"]
