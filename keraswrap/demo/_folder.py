"""Keep a run's files apart from those of an earlier run until it is finished."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd

from keraswrap import _saving
from keraswrap._tables import new_file, write_table
from keraswrap.exceptions import ParameterError

FITS, ISSUES, MODEL, SETTINGS = "fits.csv", "issues.csv", "model.keraswrap", "settings.json"
JOURNAL, REPORT = "search.journal", "report.html"
_UNFINISHED = "unfinished"
_PACKAGES = (
    *("keraswrap", "tensorflow", "keras", "keras-hub", "transformers"),
    *("scikit-learn", "cleanlab", "numpy", "pandas"),
)


class OutputFolder:
    """A folder that holds the last finished run, and an unfinished one separately.

    An interrupted run leaves what it has finished in ``unfinished``, and the files of the
    previous run intact. The next run empties that folder, except for the journal of the
    search, from which it resumes.

    Parameters
    ----------
    path : str
        Created if it does not exist.

    Raises
    ------
    ParameterError
        If it cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path).absolute()
        self.unfinished = self.path / _UNFINISHED
        self.begun = False
        there = next(place for place in (self.path, *self.path.parents) if place.exists())
        if not (there.is_dir() and os.access(there, os.W_OK)):
            raise self._refusal(f"{there} is not a writable folder")

    def begin(self) -> None:
        """Create the folder, and remove the files of an unfinished run, except its journal."""
        try:
            self.unfinished.mkdir(parents=True, exist_ok=True)
            for path in self.unfinished.iterdir():
                if not path.name.startswith(JOURNAL):  # SQLite keeps files next to its own
                    path.unlink()
        except OSError as error:
            raise self._refusal(str(error.strerror)) from error
        self.begun = True

    def discard(self) -> None:
        """Remove the files of a failed run, and the folder if nothing else is in it."""
        if self.begun:
            shutil.rmtree(self.unfinished)
            with suppress(OSError):  # not empty: there was a run before
                self.path.rmdir()

    def _refusal(self, reason: str) -> ParameterError:
        return ParameterError(
            f"Expected a writable output folder, got {str(self.path)!r}: {reason}. "
            "Name another with --out."
        )

    def file(self, name: str) -> Path:
        """Return the path to write a file of this run to."""
        return self.unfinished / name

    def write_json(self, name: str, content: Mapping[str, object]) -> None:
        """Write a JSON file, whole or not at all."""
        with new_file(self.file(name), overwrite=True) as draft:
            text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
            draft.write_text(text, encoding="utf-8", newline="")

    def write_csv(self, name: str, frame: pd.DataFrame) -> None:
        """Write a CSV file that a spreadsheet reads as text, whole or not at all."""
        write_table(frame, self.file(name), overwrite=True, spreadsheet=True)

    def written(self) -> list[Path]:
        """List what this run has written so far."""
        return sorted(self.unfinished.glob("[!.]*")) if self.begun else []

    def describe_unfinished(self) -> str:
        """Describe what an interrupted run leaves behind."""
        files = self.written()
        if not files:
            return "Interrupted before anything was finished; nothing was written."
        lines = [f"  {path}" for path in files]
        return "\n".join(["Interrupted. Finished so far:", *lines])

    def finish(self) -> list[Path]:
        """Move this run's files over those of the previous run, and list them."""
        done = []
        for path in self.written():
            if path.name.startswith(JOURNAL):
                continue
            os.replace(path, self.path / path.name)
            done.append(self.path / path.name)
        shutil.rmtree(self.unfinished)
        return done


def versions() -> dict[str, str]:
    """Return the package versions that a run uses."""
    return _saving.versions(_PACKAGES)
