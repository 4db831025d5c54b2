"""Settings of the whole process, and how one is changed for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from keraswrap.exceptions import ParameterError

__all__ = ["config_context", "get_config", "set_config"]

_config: dict[str, int] = {"kept_networks": 4}
# Called with the settings whenever they change: what acts on them is loaded later than this.
listeners: list[Callable[[dict[str, int]], None]] = []

_fit_name: ContextVar[str | None] = ContextVar("fit_name", default=None)


def get_config() -> dict[str, int]:
    """List the settings.

    Returns
    -------
    dict
        See :func:`set_config`.

    Examples
    --------
    >>> get_config()
    {'kept_networks': 4}
    """
    return dict(_config)


def set_config(*, kept_networks: int | None = None) -> None:
    """Change settings of this process.

    Parameters
    ----------
    kept_networks : int ≥ 0, optional
        Maximum number of live nets to keep, traced and ready for the next fit or
        prediction with the same architecture; 4 initially. A net that is not kept is
        rebuilt when its estimator predicts. Estimators store their learned weights as
        arrays, which do not count here. 0 keeps none and frees those kept. None leaves
        the setting unchanged. Each process of a parallel search has its own nets and
        limit.

    Raises
    ------
    ParameterError
        If it is not an integer ≥ 0.

    Examples
    --------
    >>> import keraswrap
    >>> keraswrap.set_config(kept_networks=4)
    """
    if kept_networks is not None:
        whole = isinstance(kept_networks, int) and not isinstance(kept_networks, bool)
        if not whole or kept_networks < 0:
            raise ParameterError(
                f"Expected kept_networks to be a whole number ≥ 0, got {kept_networks!r}."
            )
        _change({"kept_networks": kept_networks})


def _change(settings: dict[str, int]) -> None:
    _config.update(settings)
    for listener in listeners:
        listener(_config)


@contextmanager
def config_context(**settings: int | None) -> Iterator[None]:
    """Change settings inside a ``with`` block.

    Parameters
    ----------
    **settings
        As for :func:`set_config`.

    Yields
    ------
    None
        The settings apply within the block.

    Examples
    --------
    >>> with config_context(kept_networks=0):
    ...     get_config()["kept_networks"]
    0
    """
    before = get_config()
    set_config(**settings)
    try:
        yield
    finally:
        _change(before)


@contextmanager
def named_fit(name: str) -> Iterator[None]:
    """Name the fit that is made in the block, one of several that know nothing of each other.

    Parameters
    ----------
    name : str
        Part of a path.
    """
    token = _fit_name.set(name)
    try:
        yield
    finally:
        _fit_name.reset(token)


def fit_name() -> str | None:
    """Return the name of the fit that is made; None outside `named_fit`."""
    return _fit_name.get()
