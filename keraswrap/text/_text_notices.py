"""What is reported about texts: how many are truncated, and how many tokens are unknown."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from keraswrap.exceptions import warn_user
from keraswrap.text._codec import Codec, Encoded
from keraswrap.text._length_report import SPELLED, LengthReport

if TYPE_CHECKING:
    from types import FrameType

    from sklearn.base import BaseEstimator

LENGTHS = (16, 32, 64, 128, 256, 512)
# Above these shares a fit warns. With MiniLM's vocabulary, four English data sets have no unknown
# token at all; Korean has 11%, Japanese 20%, Chinese 70%.
_UNKNOWN, _CUT = 0.05, 0.1
# Scripts in which one character is a syllable or word, so one token per character is normal.
_SYLLABLES = ("BOPOMOFO", "CJK", "HANGUL SYLLABLE", "HIRAGANA", "KATAKANA", "YI ")
# Modules that fit and predict for each of several folds, or for each of many requests.
_REPEATING = ("keraswrap.model_selection.", "keraswrap.serving.", "sklearn.model_selection.")
_INSTEAD = (
    "Use a checkpoint that was trained on their language, such as 'hf://FacebookAI/xlm-roberta-"
    "base' or 'hf://intfloat/multilingual-e5-base', or n-grams of characters "
    "(TfidfVectorizer(analyzer='char', ngram_range=(1, 3)) of scikit-learn)."
)


def learn(step: BaseEstimator, report: LengthReport, max_length: int | None) -> None:
    """Set a fitted step's report about its texts.

    Parameters
    ----------
    step : estimator
        Gets ``report_``, ``n_truncated_``, ``truncated_share_`` and
        ``unknown_share_``.
    max_length : int or None
        Where texts are cut; None where none is.
    """
    step.report_ = report
    step.n_truncated_ = 0 if max_length is None else report.truncated[int(max_length)]
    step.truncated_share_ = step.n_truncated_ / report.n_texts
    step.unknown_share_ = report.unknown_share


def report_of(codec: Codec, encoded: Encoded, lengths: Sequence[int]) -> LengthReport:
    """Report on texts.

    Parameters
    ----------
    encoded : Encoded
        What it made of them.
    lengths : sequence of int
        As for :meth:`LengthReport.of`.
    """
    census = encoded.census
    total = max(1, census.total())
    spelled = sum(n for token, n in census.items() if _is_spelled(codec, token))
    if spelled > SPELLED * total and _is_of_letters(codec):
        spelled = 0  # such a vocabulary is chosen on purpose
    unknown = 0 if codec.unknown_id is None else census[codec.unknown_id]
    return LengthReport.of(encoded.lengths, lengths, unknown / total, spelled / total)


def _is_spelled(codec: Codec, token: int) -> bool:
    if token == codec.unknown_id:
        return False
    text = codec.piece(token)
    if "\ufffd" in text:  # bytes that are not a character by themselves
        return True
    letter = len(text) == 1 and unicodedata.category(text)[0] in "LM"
    return letter and not unicodedata.name(text, "").startswith(_SYLLABLES)


def _is_of_letters(codec: Codec) -> bool:
    found = [_is_spelled(codec, token) for token in codec.sample(500)]
    return sum(found) > SPELLED * len(found)


def warn(report: LengthReport, max_length: int | None) -> None:
    """Warn where much of the texts is not read: unknown, spelled out, or cut.

    Parameters
    ----------
    max_length : int or None
        Where texts are cut; None where none is.
    """
    if report.unknown_share > _UNKNOWN:
        _say(
            f"{report.unknown_share:.0%} of the tokens of these texts are unknown to the "
            f"checkpoint's vocabulary, and a net cannot tell them apart. {_INSTEAD}"
        )
    elif report.spelled_share > SPELLED:
        _say(
            f"{report.spelled_share:.0%} of the tokens of these texts are single letters or bytes: "
            f"the checkpoint's vocabulary was made for another script. {_INSTEAD}"
        )
    share = 0.0 if max_length is None else report.share(max_length)
    if share > _CUT:
        _say(
            f"{share:.0%} of these {report.n_texts:,} texts are truncated: they have more than "
            f"max_length={max_length} tokens (the longest {report.quantiles[1.0]:,}). Raise "
            "max_length, or read long texts in windows (long_texts='windows', where an estimator "
            "takes it)."
        )


def warn_of_new(codec: Codec, encoded: Encoded, overlap: int | None, step: BaseEstimator) -> None:
    """Warn, as fit does, of texts to predict or transform that are hardly read.

    Not of the texts of fit, which has warned of them, and not in a search or
    cross-validation, which would repeat it for each fold.

    Parameters
    ----------
    codec : Codec
    encoded : Encoded
        What it made of the texts.
    overlap : int or None
        None where long texts are truncated.
    step : estimator
        Its ``report_`` is that of fit, if there was one.
    """
    if not len(encoded.lengths) or _in_cross_validation():
        return
    max_length = encoded.ids.shape[1]
    report = report_of(codec, encoded, [*LENGTHS, max_length])
    if report != getattr(step, "report_", None):
        warn(report, max_length if overlap is None else None)


def _in_cross_validation() -> bool:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_REPEATING):
            return True
        frame = frame.f_back
    return False


def _say(message: str) -> None:
    warn_user(message)
