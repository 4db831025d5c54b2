"""Texts as means of vectors that an encoder gives each token alone, with no net per text.

This is how model2vec distills sentence encoders (Tulkens and van Dongen, 2024), with the
weights of Arora et al., "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR
2017. Of the variants that were compared on four sets of texts (raw or centered vectors, each
with and without these weights and a projection to 256 dimensions), none was better.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse

from keraswrap._checkpoints.pool import Pool
from keraswrap._download import cache_home
from keraswrap._drafts import draft_file
from keraswrap.text._codec import Codec
from keraswrap.text._compiled_encoder import Encode

_log = logging.getLogger("keraswrap")

_NAME = "static"
# Increase it when the same checkpoint starts to give other vectors.
_FORMAT = 1
# Tokens that the net is given at a time.
_TOKENS = 256
# Probability of a token at which it counts half.
_COMMON = 1e-4
# Tokens whose vectors are added at a time, to bound memory.
_CHUNK = 1 << 20

_loaded: Pool[StaticEncoder] = Pool(kept=2)


def split_static(
    encoder: str | os.PathLike[str] | None,
) -> tuple[str | os.PathLike[str] | None, bool]:
    """Tell a checkpoint from the words that ask for its tokens' vectors.

    Returns
    -------
    encoder : str, path or None
        The checkpoint.
    is_static : bool

    Examples
    --------
    >>> split_static("static"), split_static("static:my-checkpoint"), split_static("minilm")
    ((None, True), ('my-checkpoint', True), ('minilm', False))
    """
    if not isinstance(encoder, str) or encoder.partition(":")[0] != _NAME:
        return encoder, False
    return encoder.partition(":")[2] or None, True


class StaticEncoder:
    """Compute a vector for each row of ids from those of its tokens.

    Parameters
    ----------
    vectors : ndarray of float32, shape (vocabulary, hidden)
        0 for tokens that do not count.
    """

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors
        self._counts = np.asarray(vectors.any(axis=1))

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        """Return the mean vector of each row's tokens, weighted, as float32.

        Parameters
        ----------
        ids : ndarray of int32, shape (n, length)

        Returns
        -------
        ndarray of float32, shape (n, hidden)
            0 where no token counts.
        """
        made = np.empty((len(ids), self.vectors.shape[1]), dtype="float32")
        step = max(1, _CHUNK // max(1, ids.shape[1]))
        for start in range(0, len(ids), step):
            some = ids[start : start + step]
            counted = self._counts[some]
            sizes = counted.sum(axis=1)
            ends = np.concatenate([[0], np.cumsum(sizes)])
            shares = np.repeat(1 / np.maximum(sizes, 1), sizes).astype("float32")
            shape = (len(some), len(self.vectors))
            of = sparse.csr_matrix((shares, some[counted], ends), shape=shape)
            made[start : start + step] = of @ self.vectors
        return made


def static_encoder(name: str, codec: Codec, encode: Callable[[], Encode]) -> StaticEncoder:
    """Return the process's static encoder of a checkpoint, distilled if no process has done it.

    Parameters
    ----------
    name : str
        What tells the checkpoint and how it is pooled from any other.
    codec : Codec
        Of its tokenizer.
    encode : callable
        Returns what computes the vectors of rows, called only if they are needed.
    """
    return _loaded.get(name, lambda: StaticEncoder(_read_or_make(name, codec, encode)))


def _read_or_make(name: str, codec: Codec, encode: Callable[[], Encode]) -> np.ndarray:
    path = cache_home() / "static" / f"{name}-{_FORMAT}.npy"
    found = _read(path, codec.vocabulary_size)
    if found is None:
        _log.info("Computing the vectors of %d tokens, once.", codec.vocabulary_size)
        found = distill(codec, encode())
        _keep(path, found)
    return found


def distill(codec: Codec, encode: Encode) -> np.ndarray:
    """Compute a vector for each token of a vocabulary, weighted by how rare it is.

    Parameters
    ----------
    codec : Codec
    encode : callable
        From ids of shape (n, length) to vectors of shape (n, hidden).

    Returns
    -------
    ndarray of float32, shape (vocabulary, hidden)
        Centered, and on average as long as the encoder's; 0 for control tokens and the
        unknown one. How often a token occurs is taken from its place in the vocabulary, by
        Zipf's law, as vocabularies begin with frequent tokens.
    """
    ids = codec.each_token()
    vectors = encode(ids, _TOKENS).astype("float64")
    places = np.arange(2, len(vectors) + 2)
    probabilities = 1 / places / (1 / places).sum()
    left_out = sorted({*codec.control, codec.unknown_id} & set(range(len(vectors))))
    kept = np.ones(len(vectors), dtype=bool)
    kept[left_out] = False
    weights = np.where(kept, _COMMON / (_COMMON + probabilities), 0.0)
    weighted = (vectors - vectors[kept].mean(axis=0)) * weights[:, None]
    # As long as the encoder's, so that a head can be trained with the same settings.
    lengths = [np.linalg.norm(some[kept], axis=1).mean() for some in (vectors, weighted)]
    return (weighted * (lengths[0] / lengths[1])).astype("float32")


def _read(path: Path, n_tokens: int) -> np.ndarray | None:
    if not path.exists():
        return None
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        sound = found.ndim == 2 and len(found) == n_tokens and found.dtype == "float32"
        sound = sound and bool(np.isfinite(found).all())
    except (OSError, ValueError):
        sound = False
    if not sound:
        _log.warning("Computed again: %s cannot be read.", path)
    return found if sound else None


def _keep(path: Path, vectors: np.ndarray) -> None:
    """Write vectors for later processes, if there is room for them."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft_file(path) as draft:
            with draft.open("wb") as file:
                np.save(file, vectors, allow_pickle=False)
            draft.replace(path)
    except OSError as error:
        _log.warning("Computed again in each process: %s cannot be written (%s).", path, error)
