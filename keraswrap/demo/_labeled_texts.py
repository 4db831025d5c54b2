"""Load the rows of a run: texts with given labels, and separate test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from keraswrap._tables import read_hub
from keraswrap.datasets import fetch_rated_sentences, make_noisy_reviews
from keraswrap.demo._settings import DemoSettings
from keraswrap.exceptions import InputError
from keraswrap.text import check_texts

# Mean rating, from −4 to 4, that makes a text clearly positive or negative.
_CLEAR = 0.5


@dataclass(frozen=True, eq=False)
class LabeledTexts:
    """Texts to train and to test on.

    Attributes
    ----------
    train : DataFrame
        Columns row (position of the text in its source), text and given, an
        index into `names`; also truth if it is known, and said (what the raters
        said, in words) if there were any.
    test : DataFrame
        Columns text and label.
    names : tuple of str
        The labels.
    source : str
        A line for the report.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    names: tuple[str, ...]
    source: str


def load_texts(settings: DemoSettings) -> LabeledTexts:
    """Load the rows that the settings ask for.

    Raises
    ------
    InputError, InputTypeError, DownloadError
        If they cannot be loaded, or are too few for the folds.
    """
    if settings.data is None:
        return _load_rated(settings)
    if settings.data.startswith("hf://"):
        frame = read_hub(settings.data)
    else:
        frame = _read_csv(settings.data)
    return split_texts(frame, settings)


def _load_rated(settings: DemoSettings) -> LabeledTexts:
    sizes = (settings.rows, settings.test_rows)
    noisy = make_noisy_reviews(
        fetch_rated_sentences(kind="tweets"), *sizes, settings.flip, settings.seed, threshold=_CLEAR
    )
    train = noisy.train.assign(
        row=noisy.train["id"],
        said=[describe_ratings(ratings) for ratings in noisy.train["ratings"]],
    )
    check_classes(train["given"], noisy.names, settings)
    return LabeledTexts(
        train[["row", "text", "given", "truth", "said"]],
        noisy.test.rename(columns={"truth": "label"})[["text", "label"]],
        noisy.names,
        "Tweets; given: the label by one of at least 20 people, truth: by all of them",
    )


def describe_ratings(ratings: tuple[int, ...]) -> str:
    """Describe the ratings of a row.

    Examples
    --------
    >>> describe_ratings((2, 3, 0, -1))
    '2 of 4 positive, 1 negative, mean +1.0'
    """
    values = np.asarray(ratings)
    positive, negative = int((values > 0).sum()), int((values < 0).sum())
    (more, first), (less, second) = sorted(
        ((positive, "positive"), (negative, "negative")), key=lambda pair: -pair[0]
    )
    others = f", {less} {second}" if less else ""
    return f"{more} of {len(values)} {first}{others}, mean {values.mean():+.1f}"


def split_texts(frame: pd.DataFrame, settings: DemoSettings) -> LabeledTexts:
    """Draw rows from a user's own frame, and keep test rows apart.

    Parameters
    ----------
    frame : DataFrame
        With the columns that the settings name; any labels.

    Returns
    -------
    LabeledTexts
        `truth`, the labels in the file, is included only if labels were flipped.

    Raises
    ------
    InputError, InputTypeError
        If a column, text or label is missing, a text is not a string, or there
        are too few rows of a label.
    """
    frame = _read_columns(frame, settings)
    codes, labels = pd.factorize(frame["label"], sort=True)
    names = tuple(str(label) for label in labels)
    if len(names) < 2:
        raise InputError(
            f"Expected at least two different labels in the column {settings.label!r}, got "
            f"{list(names)}. There is nothing to tell apart."
        )
    frame = frame.assign(label=codes)
    check_classes(frame["label"], names, settings, spare=2)
    train_rows, test_rows = _sizes(len(frame), settings)
    train, test = train_test_split(
        frame,
        train_size=train_rows,
        test_size=test_rows,
        stratify=frame["label"],
        random_state=settings.seed,
    )
    check_classes(train["label"], names, settings)
    train, test = train.reset_index(drop=True), test.reset_index(drop=True)
    source = f"{settings.data}: {len(frame)} rows, {len(names)} labels"
    return LabeledTexts(_give_labels(train, len(names), settings), test, names, source)


def _read_columns(frame: pd.DataFrame, settings: DemoSettings) -> pd.DataFrame:
    missing = [name for name in (settings.text, settings.label) if name not in frame.columns]
    if missing:
        raise InputError(
            f"Expected the columns {settings.text!r} and {settings.label!r} in {settings.data!r}, "
            f"got {[str(name) for name in frame.columns][:20]}. Name them with --text and --label."
        )
    if frame.empty:
        raise InputError(f"Expected rows in {settings.data!r}, got none below the header.")
    labels = frame[settings.label]
    if labels.isna().any():
        raise InputError(
            f"Expected a label in each row of {settings.data!r}, got none in row "
            f"{int(labels.isna().to_numpy().argmax())}. Drop such rows."
        )
    texts = check_texts(frame[settings.text])
    return pd.DataFrame({"row": np.arange(len(frame)), "text": texts, "label": labels.to_numpy()})


def check_classes(
    codes: pd.Series, names: tuple[str, ...], settings: DemoSettings, spare: int = 1
) -> None:
    """Raise InputError unless each label has a row in every fold, `spare` times over."""
    needed = spare * settings.folds
    counts = np.bincount(codes, minlength=len(names))
    if counts.min() < needed:
        raise InputError(
            f"Expected at least {needed} rows of each label for the folds, got "
            f"{counts.min()} of {names[counts.argmin()]!r} among {len(codes)} rows. "
            "Add rows, take more of them with --rows, or leave that label out."
        )


def _sizes(n: int, settings: DemoSettings) -> tuple[int, int]:
    if n >= settings.rows + settings.test_rows:
        return settings.rows, settings.test_rows
    test = min(settings.test_rows, n // 3)
    return min(settings.rows, n - test), test


def _give_labels(train: pd.DataFrame, n_classes: int, settings: DemoSettings) -> pd.DataFrame:
    given = train["label"].to_numpy()
    if not settings.flip:
        return train.assign(given=given)[["row", "text", "given"]]
    rng = np.random.default_rng(settings.seed)
    flipped = rng.random(len(given)) < settings.flip
    shift = rng.integers(1, n_classes, len(given))
    wrong = np.where(flipped, (given + shift) % n_classes, given)
    return train.assign(given=wrong, truth=given)[["row", "text", "given", "truth"]]


def _read_csv(path: str) -> pd.DataFrame:
    try:
        # Only an empty cell is missing: "NA" and "null" are texts like any other.
        return pd.read_csv(path, keep_default_na=False, na_values=[""], encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(
            f"Expected a CSV file or 'hf://owner/name', got {path!r}, which is not there."
        ) from error
    except (OSError, ValueError) as error:  # ParserError and UnicodeDecodeError are ValueErrors
        raise InputError(
            f"Expected a CSV file in UTF-8 with a header, got {path!r}: {error}"
        ) from error
