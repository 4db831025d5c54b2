"""What a job file may say, section by section, with its defaults. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import UnionType

from keraswrap.drift._inputs import check_level
from keraswrap.exceptions import ParameterError
from keraswrap.labeling._settings import check_whole
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.selective._bounds import check_share

__all__ = ["SECTIONS", "Abstain", "Data", "Issues", "Model", "Monitor", "Register", "Retrain",
           "Search", "Serve", "Top"]  # fmt: skip

KINDS = ("transformer", "words", "dense")


@dataclass(frozen=True)
class Top:
    """``[job]``: the model's name, where it is registered, and where the state is kept.

    Parameters
    ----------
    name : str
        Of the model in the registry.
    registry : str, default="registry.sqlite"
        A path, or the address of a tracking server.
    state : str, default="state"
        Folder of what steps write.
    alias : str, default="champion"
        Of the model in use.
    seed : int, default=0
    """

    name: str = ""
    registry: str = "registry.sqlite"
    state: str = "state"
    alias: str = "champion"
    seed: int = 0

    def __post_init__(self) -> None:
        _check_texts(self, "job", "name", "registry", "state", "alias")
        check_whole(self.seed, "job.seed", 0)
        if not self.name:
            raise ParameterError("Expected job.name, the name of the model, got none.")


@dataclass(frozen=True)
class Data:
    """``[data]``: the tables.

    Parameters
    ----------
    train : str
        Table of labeled rows.
    text : str, default=""
        Column of the texts; empty for a table of numbers.
    columns : list of str, default=[]
        Columns of numbers, if there is no text.
    label : str, default="label"
    new : str, default=""
        Table of new rows, or a folder of such tables. It need not be there yet.
    answers : list of str, default=[]
        Tables with people's labels, and exports of the page. They need not be there yet.
    new_labels : list, default=[]
        Labels that people may give beside those in `train`.
    held_out : float in (0, 1), default=0.2
        Share of the rows to be held out, for the monitor and for measuring.
    encoding : str, default="utf-8"
    """

    train: str = ""
    text: str = ""
    columns: list[str] = field(default_factory=list)
    label: str = "label"
    new: str = ""
    answers: list[str] = field(default_factory=list)
    new_labels: list[object] = field(default_factory=list)
    held_out: float = 0.2
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        _check_texts(self, "data", "train", "text", "label", "new", "encoding")
        _check_lists(self, "data", str, "columns", "answers")
        _check_lists(self, "data", str | int | float, "new_labels")
        check_share(self.held_out, "data.held_out")
        if not self.train:
            raise ParameterError("Expected data.train, a table of labeled rows, got none.")
        if bool(self.text) == bool(self.columns):
            raise ParameterError(
                "Expected data.text or data.columns, one of them, got "
                f"{'both' if self.text else 'neither'}."
            )

    @property
    def inputs(self) -> list[str]:
        """Columns that the model reads."""
        return [self.text] if self.text else list(self.columns)


@dataclass(frozen=True)
class Issues:
    """``[issues]``: labels that are likely to be wrong.

    Parameters
    ----------
    strategy : {"keep", "prune"}, default="keep"
        Whether rows whose label is to be fixed are left out of training.
    folds : int, default=5
    """

    strategy: str = "keep"
    folds: int = 5

    def __post_init__(self) -> None:
        _check_one(self.strategy, "issues.strategy", ("keep", "prune"))
        check_whole(self.folds, "issues.folds", 2)


@dataclass(frozen=True)
class Model:
    """``[model]``: the estimator.

    Parameters
    ----------
    kind : {"transformer", "words", "dense"}, default="transformer"
        A `TransformerClassifier`; a linear net on tf-idf weights of words; or a dense net on
        columns of numbers.
    params : dict
        Its parameters: whatever else the section holds.
    """

    kind: str = "transformer"
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_one(self.kind, "model.kind", KINDS)


@dataclass(frozen=True)
class Search:
    """``[search]``: the candidates.

    Parameters
    ----------
    grid : dict of str to list, default={}
        Values to try, by parameter; without any, the model is measured and fitted.
    folds : int, default=3
    scoring : str, default="accuracy"
    n_jobs : int, default=1
    """

    grid: Mapping[str, list[object]] = field(default_factory=dict)
    folds: int = 3
    scoring: str = "accuracy"
    n_jobs: int = 1

    def __post_init__(self) -> None:
        _check_texts(self, "search", "scoring")
        check_whole(self.folds, "search.folds", 2)
        if not isinstance(self.n_jobs, int) or self.n_jobs == 0:
            raise ParameterError(f"Expected search.n_jobs other than 0, got {self.n_jobs!r:.60}.")
        if not isinstance(self.grid, Mapping):
            raise ParameterError(f"Expected [search.grid] to be a section, got {self.grid!r:.60}.")
        wrong = {k: v for k, v in self.grid.items() if not isinstance(v, list) or not v}
        if wrong:
            raise ParameterError(f"Expected lists of values in search.grid, got {wrong!r:.100}.")


@dataclass(frozen=True)
class Abstain:
    """``[abstain]``: leave rows to people where answers would be wrong too often.

    Parameters
    ----------
    target_error : float in (0, 1), optional
        As for `SelectiveClassifier`; without it, every row is answered.
    confidence : float in (0, 1), default=0.9
    """

    target_error: float | None = None
    confidence: float = 0.9

    def __post_init__(self) -> None:
        if self.target_error is not None:
            check_share(self.target_error, "abstain.target_error")
        check_share(self.confidence, "abstain.confidence")


@dataclass(frozen=True)
class Register:
    """``[register]``: when the model that the search found comes into use.

    Parameters
    ----------
    replace : {"never", "better", "always"}, default="never"
        What happens if another is in use: "never" registers it with the alias "candidate";
        "better" does so too, and replaces the other where a paired test on the held-out rows
        is won.
    """

    replace: str = "never"

    def __post_init__(self) -> None:
        _check_one(self.replace, "register.replace", ("never", "better", "always"))


@dataclass(frozen=True)
class Monitor:
    """``[monitor]``: what new rows are compared with, and how often.

    Parameters
    ----------
    alpha : float in (0, 0.5], default=0.05
    n_checks : int, default=1
    encoder : str, default="words"
        As for `DriftMonitor`.
    """

    alpha: float = 0.05
    n_checks: int = 1
    encoder: str = "words"

    def __post_init__(self) -> None:
        _check_texts(self, "monitor", "encoder")
        check_level(self.alpha, "monitor.alpha")
        check_whole(self.n_checks, "monitor.n_checks", 1)


@dataclass(frozen=True)
class Serve:
    """``[serve]``: where the server listens.

    Parameters
    ----------
    host : str, default="127.0.0.1"
    port : int, default=8000
    watch : int, default=10
        Seconds between two looks at whether another model has come into use.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    watch: int = 10

    def __post_init__(self) -> None:
        _check_texts(self, "serve", "host")
        check_whole(self.port, "serve.port", 0)
        check_whole(self.watch, "serve.watch", 1)


@dataclass(frozen=True)
class Retrain:
    """``[retrain]``: the fields of `RetrainingSettings`, but alias and random_state."""

    when: str = RetrainingSettings.when
    alpha: float = RetrainingSettings.alpha
    gain: float = RetrainingSettings.gain
    differ: float = RetrainingSettings.differ
    power: float = RetrainingSettings.power
    test_share: float = RetrainingSettings.test_share
    n_train: int = RetrainingSettings.n_train
    ask_by: str = RetrainingSettings.ask_by
    margin: float = RetrainingSettings.margin
    veto: bool = RetrainingSettings.veto

    def __post_init__(self) -> None:
        self.settings("champion", 0)

    def settings(self, alias: str, seed: int) -> RetrainingSettings:
        """Return them as `retrain_if` takes them."""
        return RetrainingSettings(**vars(self), alias=alias, random_state=seed)


SECTIONS: Mapping[str, type] = {
    **{"job": Top, "data": Data, "issues": Issues, "model": Model, "search": Search},
    **{"abstain": Abstain, "register": Register, "monitor": Monitor, "serve": Serve},
    "retrain": Retrain,
}


def _check_texts(section: object, name: str, *keys: str) -> None:
    for key in keys:
        value = getattr(section, key)
        if not isinstance(value, str):
            raise ParameterError(f"Expected a text as {name}.{key}, got {value!r:.60}.")


def _check_lists(section: object, name: str, kind: type | UnionType, *keys: str) -> None:
    what = "texts" if kind is str else "labels"
    for key in keys:
        value = getattr(section, key)
        if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
            raise ParameterError(f"Expected a list of {what} as {name}.{key}, got {value!r:.60}.")


def _check_one(value: object, name: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ParameterError(f"Expected {name} to be one of {list(known)}, got {value!r:.60}.")
