"""The model that answers now, and how a newer one takes its place."""

from __future__ import annotations

import threading
from collections.abc import Callable

from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._log import EventLog
from keraswrap.serving._metrics import Metrics
from keraswrap.serving._model import ServedModel
from keraswrap.serving._source import ModelSource

__all__ = ["Holder"]


class Holder:
    """Holds a model, and looks for newer ones.

    Requests keep the model that they were checked for, so none is lost when another
    takes its place.

    Parameters
    ----------
    source : ModelSource
    limits : ServingLimits
    log : EventLog
    any_schema : bool, default=False
        Whether a newer model may take other rows or give other answers.

    Attributes
    ----------
    model : ServedModel or None
        None until the first is loaded.
    """

    def __init__(
        self,
        source: ModelSource,
        limits: ServingLimits,
        log: EventLog,
        *,
        any_schema: bool = False,
    ) -> None:
        self.source, self.limits, self.log, self.any_schema = source, limits, log, any_schema
        self.model: ServedModel | None = None
        self.metrics: Metrics | None = None
        self._key = self._failed = ""
        self._turn = threading.Lock()
        self._wake, self._ended = threading.Event(), False
        self._thread: threading.Thread | None = None

    def load(self) -> None:
        """Load the first model, and run it once.

        Raises
        ------
        KeraswrapError, OSError
            If it cannot be loaded, or cannot answer.
        """
        with self._turn:
            key, load = self.source.current()
            model = load()
            model.warm_up(self.limits.batch_rows)
            self._use(key, model)

    def reload(self, *, forced: bool = False) -> str:
        """Load a newer model if there is one.

        Parameters
        ----------
        forced : bool, default=False
            Whether to try one that failed before, too.

        Returns
        -------
        str
            "loaded", "same", "failed" or "refused"; the last two keep the old model.
        """
        with self._turn:
            outcome = self._reload(forced)
        if outcome != "same" and self.metrics is not None:
            self.metrics.note_reload(outcome)
        return outcome

    def _reload(self, forced: bool) -> str:
        old, key = self.model, ""
        assert old is not None
        try:
            key, load = self.source.current()
            if key == self._key or (key == self._failed and not forced):
                return "same"
            model = load()
            same = model.same_schema(old)
            if not same and not self.any_schema:
                self._failed = key
                self.log.write("reload refused", version=model.version, kept=old.version,
                               error="It takes other rows, or gives other answers. Start a server "
                               "of its own, or allow it with --any-schema.")  # fmt: skip
                return "refused"
            model.warm_up(self.limits.batch_rows)
        except Exception as error:  # whatever is wrong with it, the old model goes on
            self._failed = key
            self.log.write_error("reload failed", error, kept=old.version)
            return "failed"
        self._use(key, model)
        self.log.write("reloaded", version=model.version, before=old.version, same_schema=same)
        return "loaded"

    def _use(self, key: str, model: ServedModel) -> None:
        self.model, self._key, self._failed = model, key, ""
        if self.metrics is not None:
            self.metrics.note_model(model)

    # -- looking for newer ones --------------------------------------------

    def watch(self, seconds: float | None) -> None:
        """Look for a newer model every so many seconds, and whenever `wake` is called."""
        target: Callable[[], None] = lambda: self._watch(seconds)  # noqa: E731
        self._thread = threading.Thread(target=target, name="keraswrap-watch", daemon=True)
        self._thread.start()

    def _watch(self, seconds: float | None) -> None:
        while not self._ended:
            woken = self._wake.wait(seconds)
            self._wake.clear()
            if not self._ended and self.model is not None:
                self.reload(forced=woken)

    def wake(self) -> None:
        """Look for a newer model now."""
        self._wake.set()

    def end(self) -> None:
        """Look no more."""
        self._ended = True
        self._wake.set()
