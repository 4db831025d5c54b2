"""Adapt layers that learn a table while the net that contains them is built.

A vocabulary decides how wide the output of a `StringLookup` is, and so the shape of
the Dense layer behind it: it must be known before that layer is called. So a layer
that has learned nothing yet is adapted on its first call, to what the training rows
produce at that point. A net that is rebuilt gets the same tables, in call order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import numpy as np

from keraswrap._data import LONE, Feed, InputSpec, Rows, plan_feed
from keraswrap._engine.batches import native
from keraswrap._engine.model_io import input_name, named_inputs
from keraswrap._engine.preprocessing import LOOKUPS, adapt, is_adapted
from keraswrap._engine.state import get_tables, learned_tables, set_tables
from keraswrap.exceptions import BuildError, InputError

if TYPE_CHECKING:
    from keraswrap._engine.state import NetState, Tables

_active: ContextVar[BuildAdapter | None] = ContextVar("active", default=None)


class BuildAdapter:
    """Adapts layers while a net is built, or restores what they learned before.

    Parameters
    ----------
    rows : Rows, optional
        The training rows; None if a net is rebuilt.
    tables : list of dict, optional
        What layers learned before, in the order in which they are called.
    """

    def __init__(self, rows: Rows | None, tables: Iterable[Tables] = ()) -> None:
        self.rows, self.tables = rows, list(tables)
        self.taught: list[_Lesson] = []
        self.outside: set[int] = set()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Adapt the layers that are called inside the block."""
        token = _active.set(self)
        try:
            with _patched():
                yield
        finally:
            _active.reset(token)

    def begin(self, outside: Iterable[keras.Layer] = ()) -> None:
        """Start over; the layers in `outside` were not made by the build function."""
        self.taught, self.outside = [], {id(layer) for layer in outside}

    def teach(self, layer: keras.Layer, tensor: keras.KerasTensor) -> None:
        """Adapt a layer that is called on a symbolic tensor."""
        place = len(self.taught)
        if place < len(self.tables):
            set_tables(layer, self.tables[place])
            self.taught.append(_Lesson(layer, {}))
            return
        found = None if self.rows is None else _Computed.of(tensor, self.rows)
        if found is None or self.rows is None:
            return
        if id(layer) in self.outside:
            raise BuildError(
                f"Expected the layer {layer.name!r} ({type(layer).__name__}) to have learned, got "
                "one from outside of the build function that has not: what it learns from one "
                "fold, the next would see. Make it inside the function."
            )
        adapt(layer, found, self.rows)
        self.taught.append(_Lesson(layer, found.feeds))
        self.tables.append(get_tables(layer))

    def check(self, net: keras.Model, feeds: Mapping[str, Feed]) -> None:
        """Check that all layers have learned, and from inputs that the net is fed.

        Raises
        ------
        BuildError
        """
        fed = _fed(net, feeds)
        for lesson in self.taught:
            for source, feed in lesson.feeds.items():
                if fed.get(source) != (feed.source, feed.column):
                    raise BuildError(
                        f"The layer {lesson.layer.name!r} learns from an input that is none of "
                        "the net's own. Call it on an input of the net, named after its array "
                        "or column, or adapt it in the build function."
                    )
        for _, layer in learned_tables(net):
            if self.rows is not None and isinstance(layer, LOOKUPS) and not is_adapted(layer):
                raise BuildError(
                    f"The layer {layer.name!r} ({type(layer).__name__}) has learned nothing, and "
                    "cannot be adapted where it is: only what lies behind an input of a "
                    "functional net, with nothing trained in between, is. Call adapt() or "
                    "set_vocabulary() in the build function."
                )

    def places(self, net: keras.Model) -> list[int]:
        """Return the positions in a net of the layers that learned, in the order of calls."""
        where = {id(layer): place for place, layer in learned_tables(net)}
        return [where[id(lesson.layer)] for lesson in self.taught if id(lesson.layer) in where]


def adapter_of(state: NetState | None, places: Iterable[int]) -> BuildAdapter:
    """Return an adapter that gives layers the tables of a state, in the order of `places`."""
    tables = state.tables if state else {}
    return BuildAdapter(None, ({0: tables[k]} for k in places if k in tables))


def begin_building(outside: Iterable[keras.Layer] = ()) -> None:
    """Notify the active adapter, if any, that a net is built from scratch."""
    adapter = _active.get()
    if adapter is not None:
        adapter.begin(outside)


@dataclass
class _Lesson:
    """A layer that has learned, and how the inputs that it learned from were filled."""

    layer: keras.Layer
    feeds: dict[int, Feed]


@dataclass
class _Computed:
    """The values that rows produce at a point in a net, as a `Feed` does for an input."""

    function: keras.Function
    feeds: dict[int, Feed]
    source: str
    dtype: str

    @classmethod
    def of(cls, tensor: keras.KerasTensor, rows: Rows) -> _Computed | None:
        """Find how a tensor is computed; None if any layer in between is trained."""
        sources = keras.utils.get_source_inputs(tensor)
        function = keras.Function(sources, tensor, name="learned_from")
        if any(getattr(each, "trainable_variables", None) for each in function.operations):
            return None
        feeds = {id(each): _feed_of(each, rows) for each in sources}
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        return cls(function, feeds, next(iter(feeds.values())).source, dtype)

    def __call__(self, rows: Rows, index: np.ndarray) -> np.ndarray:
        """Compute the values for some rows."""
        if len(self.function.operations) == 1:  # an input itself
            return next(iter(self.feeds.values()))(rows, index)
        values = self.function([native(feed(rows, index)) for feed in self.feeds.values()])
        array = np.asarray(keras.ops.convert_to_numpy(values))
        return array.astype(object) if self.dtype == "string" else array


def _feed_of(tensor: keras.KerasTensor, rows: Rows) -> Feed:
    """Find how an input is filled, before the net's other inputs are known."""
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    spec = InputSpec(tensor.name, tuple(tensor.shape[1:]), dtype)
    columns = rows.columns or ()
    one = spec.shape in ((), (1,), (None,))
    if set(rows.arrays) == {LONE} and len(columns) > 1 and one and tensor.name in columns:
        return Feed(LONE, dtype, columns.index(tensor.name))
    name = next(iter(rows.arrays)) if len(rows.arrays) == 1 else tensor.name
    if name not in rows.arrays:
        raise InputError(
            f"Expected the input {tensor.name!r} of the net, which a layer learns from, to be "
            f"named after one of the arrays {list(rows.arrays)}. Name it: keras.Input(..., "
            "name=...)."
        )
    return plan_feed([spec], Rows({name: rows.arrays[name]}))[spec.name]


def _fed(net: keras.Model, feeds: Mapping[str, Feed]) -> dict[int, tuple[str, int | None]]:
    """Return the source of each input of the net, and of models called directly on one."""
    inputs = named_inputs(net)
    fed = {id(inputs[name]): feeds[name] for name in inputs if name in feeds}
    if len(inputs) == len(feeds) == 1:  # a net that was built on its first call
        fed = {id(next(iter(inputs.values()))): next(iter(feeds.values()))}
    for layer in net.layers:
        own = getattr(layer, "inputs", None) if isinstance(layer, keras.Model) else None
        name = input_name(net, layer)
        if own and len(own) == 1 and name in feeds:
            fed[id(own[0])] = feeds[name]
    return {key: (feed.source, feed.column) for key, feed in fed.items()}


@contextmanager
def _patched() -> Iterator[None]:
    """Notify the active adapter of each call of a layer that learns a table.

    Keras has no hook for this, and the build function makes these calls itself.
    """
    space = keras.utils.FeatureSpace
    patched = [(kind, "__call__", _call_of(kind)) for kind in LOOKUPS]
    patched.append((space, "_check_if_adapted", _let_features_pass(space._check_if_adapted)))
    before = [(kind, name, vars(kind).get(name)) for kind, name, _ in patched]
    for kind, name, function in patched:
        setattr(kind, name, function)
    try:
        yield
    finally:
        for kind, name, function in before:
            if function is None:
                delattr(kind, name)
            else:
                setattr(kind, name, function)


def _call_of(kind: type) -> Callable[..., keras.KerasTensor]:
    own = kind.__call__

    def call(layer: keras.Layer, *args: object, **kwargs: object) -> keras.KerasTensor:
        tensor = args[0] if args else kwargs.get("inputs")
        adapter = _active.get()
        if adapter and isinstance(tensor, keras.KerasTensor) and not is_adapted(layer):
            adapter.teach(layer, tensor)
        return own(layer, *args, **kwargs)

    return call


def _let_features_pass(
    check: Callable[[keras.utils.FeatureSpace], None],
) -> Callable[[keras.utils.FeatureSpace], None]:
    def check_if_adapted(space: keras.utils.FeatureSpace) -> None:
        # The layers inside are adapted one by one, as they are called.
        if _active.get():
            space._is_adapted = True
        check(space)

    return check_if_adapted
