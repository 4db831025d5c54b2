"""A Pipeline's steps before the last, asked once for the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline


class TransformCache:
    """Remember what the fitted steps of a Pipeline made of some rows.

    Scores and probabilities, at each stop of a run, are asked of the same rows,
    and the steps before the net are the same each time.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> pipe = Pipeline([("scale", StandardScaler()), ("last", "passthrough")])
    >>> rows, memory = [[1.0], [3.0]], TransformCache()
    >>> with memory.of(pipe.fit(rows)):
    ...     pipe.transform(rows) is pipe.transform(rows)
    True
    """

    def __init__(self) -> None:
        # Keyed by the ids of step and rows, which are kept alive: an id may be reused afterwards.
        self._known: dict[tuple[int, int], tuple[object, object]] = {}

    @contextmanager
    def of(self, estimator: BaseEstimator) -> Iterator[None]:
        """Remember inside the block; nothing may be fitted there."""
        steps = (
            [step for _, step in estimator.steps[:-1]] if isinstance(estimator, Pipeline) else []
        )
        steps = [step for step in steps if hasattr(step, "transform") and hasattr(step, "__dict__")]
        for step in steps:
            step.__dict__["transform"] = self._remembering(step, step.transform)
        try:
            yield
        finally:
            for step in steps:
                del step.__dict__["transform"]

    def _remembering(
        self, step: BaseEstimator, transform: Callable[..., object]
    ) -> Callable[..., object]:
        def once(X: object, *args: object, **params: object) -> object:
            if args or params:
                return transform(X, *args, **params)
            key = id(step), id(X)
            if key not in self._known:
                self._known[key] = (X, transform(X))
            return self._known[key][1]

        return once
