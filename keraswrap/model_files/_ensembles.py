"""An ensemble in a file, which holds the files of its members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keraswrap._archive import read_member
from keraswrap.ensembles import DeepEnsembleClassifier, DeepEnsembleRegressor
from keraswrap.exceptions import KeraswrapError, SavedFileError
from keraswrap.model_files._kinds import ENSEMBLES
from keraswrap.model_files._nested import open_nested, pack_nested

__all__ = ["ABOUT", "pack_ensemble", "unpack_ensemble"]

ABOUT = "ensemble.json"


def pack_ensemble(
    ensemble: DeepEnsembleClassifier | DeepEnsembleRegressor, inner: Sequence[bytes]
) -> bytes:
    """Return the bytes of a file; `inner` are those of the fitted members."""
    seed = ensemble.random_state
    told = {
        "n_members": len(inner),
        # A generator has moved on since, and a file without code holds no generator.
        "random_state": int(seed) if isinstance(seed, int | np.integer) else None,
    }
    return pack_nested(ABOUT, ensemble, told, {_name(k): part for k, part in enumerate(inner)})


def _name(number: int) -> str:
    return f"member-{number}.keraswrap"


def unpack_ensemble(
    content: bytes, origin: str, load: Callable[[bytes], Any]
) -> DeepEnsembleClassifier | DeepEnsembleRegressor:
    """Make an ensemble; `load` makes a member from the bytes of a file.

    Raises
    ------
    SavedFileError
        If the file is corrupt, or from a later version.
    """
    with open_nested(content, origin, ABOUT) as (told, archive):
        kind = {one.__name__: one for one in ENSEMBLES}[told["class"]]
        count, seed = told["n_members"], told["random_state"]
        if type(count) is not int or count < 1 or not isinstance(seed, int | None):
            raise SavedFileError(
                f"Expected n_members as a whole number ≥ 1 and random_state as one or null, got "
                f"{count!r:.60} and {seed!r:.60}. The file is corrupt."
            )
        members = [load(read_member(archive, _name(number))) for number in range(count)]
        made = kind(members[0], count, random_state=seed)
        try:
            made._check(["no", "yes"])
        except KeraswrapError as error:
            raise SavedFileError(f"{error} The file is corrupt.") from error
        if len({str(getattr(member, "classes_", None)) for member in members}) > 1:
            raise SavedFileError("Expected members with the same classes. The file is corrupt.")
        made._take(members)
        return made
