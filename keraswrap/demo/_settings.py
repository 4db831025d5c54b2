"""Hold the settings of a demo run."""

from __future__ import annotations

from dataclasses import dataclass

from keraswrap.exceptions import ParameterError


@dataclass(frozen=True)
class DemoSettings:
    """Everything that determines a run of the demo.

    The defaults take about five minutes on two cores.

    Parameters
    ----------
    data : str, optional
        A CSV file, or ``"hf://owner/name"`` for a data set on Hugging Face's
        hub. By default tweets that at least 20 people rated.
    text, label : str, optional
        Columns of `data`.
    encoder : str, optional
        A checkpoint, as :func:`keraswrap.text.resolve_encoder` takes it.
    flip : float in [0, 1), default=0.0
        Share of training labels turned to another one at random, on top of the
        errors that are in them.
    rows, test_rows : int
        Rows to train on and to test on, drawn by `seed`. Data of your own with
        fewer are split two to one.
    seed : int, default=0
        Decides the rows, the flips, the folds and every fit.
    out : str, default="keraswrap-demo"
        Folder for what is written.
    max_length : int, default=64
        Tokens of a text that are read.
    batch_sizes, epochs : tuple of int
        The grid.
    learning_rate : float
        Adam's.
    trainable : str
        What of the encoder is trained: ``"all"``, ``"last:k"`` and so on.
    folds : int
        Folds of the grid search, whose probabilities help to find label issues.

    Raises
    ------
    ParameterError
        If a value is out of its range, or `data` lacks its columns' names.

    Examples
    --------
    >>> DemoSettings(data="reviews.csv", text="review", label="stars").folds
    3
    """

    data: str | None = None
    text: str | None = None
    label: str | None = None
    encoder: str | None = None
    flip: float = 0.0
    rows: int = 2400
    test_rows: int = 800
    seed: int = 0
    out: str = "keraswrap-demo"
    max_length: int = 64
    batch_sizes: tuple[int, ...] = (16, 32)
    epochs: tuple[int, ...] = (1, 2)
    learning_rate: float = 2e-4
    trainable: str = "last:3"
    folds: int = 3

    @property
    def n_runs(self) -> int:
        """Training runs of the grid search: those that differ in epochs alone share one."""
        return len(self.batch_sizes) * self.folds

    def __post_init__(self) -> None:
        self._check_columns()
        _check("flip", self.flip, 0, "less than 1", self.flip < 1)
        for name in ("rows", "test_rows", "seed", "max_length", "folds"):
            least = {"seed": 0, "max_length": 3, "test_rows": 1}.get(name, 2)
            _check(name, getattr(self, name), least)
        for name in ("batch_sizes", "epochs"):
            _check(name, min(getattr(self, name), default=0), 1)

    def _check_columns(self) -> None:
        given = [name for name in ("text", "label") if getattr(self, name) is not None]
        if self.data is None and given:
            raise ParameterError(
                f"Expected data beside {' and '.join(given)}, got none: columns are those of "
                "your own data. Add --data."
            )
        if self.data is not None and len(given) < 2:
            raise ParameterError(
                f"Expected the names of the text and the label column of {self.data!r}, got "
                f"text={self.text!r} and label={self.label!r}. Add --text and --label."
            )


def _check(name: str, value: float, least: float, more: str = "", holds: bool = True) -> None:
    if not (value >= least and holds):
        also = f" and {more}" if more else ""
        raise ParameterError(f"Expected {name} of at least {least}{also}, got {value!r}.")
