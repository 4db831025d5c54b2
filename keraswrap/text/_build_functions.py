"""Build functions: from a checkpoint to nets that read rows of token ids.

Written to be read, copied and changed. Each is the `model` of a wrapper, and
each of its arguments can be tuned: ``model__pooling``, ``model__trainable``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from keraswrap._data import LONE
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._backbones import load_backbone
from keraswrap.text._checkpoint import Checkpoint, check_pooling, read_checkpoint
from keraswrap.text._codec import codec_of
from keraswrap.text._head_classes import match_head
from keraswrap.text._pretrained_heads import apply_head

if TYPE_CHECKING:
    import keras


def build_text_encoder(encoder: str, pooling: str = "mean", trainable: str = "all") -> keras.Model:
    """Build a net from token ids to one vector for each text.

    Parameters
    ----------
    encoder : str
        A directory from :func:`~keraswrap.text.resolve_encoder`.
    pooling : {"mean", "cls", "pooler"}, default="mean"
        Vector of a text: the mean state of its tokens, the state of its first token, or
        the output of the checkpoint's own pooler, if it has one.
    trainable : str, default="all"
        Which part of the encoder is trained, as for :func:`build_text_classifier`. (In
        version 0.1 the default was ``"head"``: pass that for a frozen encoder.)

    Returns
    -------
    keras.Model
        From int32 ids of shape (n, length), of any length, to float32 vectors
        of shape (n, hidden); not compiled.

    Raises
    ------
    ParameterError
        If `pooling` or `trainable` is unknown, or the checkpoint has no pooler.
    InputError
        If the checkpoint cannot be loaded.

    Notes
    -----
    Mask and segments are derived from the ids, so rows can be sliced: everything after
    the first separator is the second text of a pair. Its
    :class:`~keraswrap.layers.PaddingMask` allows batches to be trimmed to their longest
    row.
    """
    import keras

    ids, mask, outputs = encode(encoder, pooling, trainable)
    states = outputs["sequence_output"]  # (n, length, hidden)
    if pooling == "pooler":
        pooled = outputs["pooled_output"]
    elif pooling == "cls":
        pooled = states[:, 0]
    else:
        pooled = keras.layers.GlobalAveragePooling1D()(states, mask=mask)
    return keras.Model(ids, pooled)


def encode(
    encoder: str, pooling: str, trainable: str
) -> tuple[keras.KerasTensor, keras.KerasTensor, dict[str, keras.KerasTensor]]:
    """Put a checkpoint's encoder on rows of ids of any length.

    Parameters
    ----------
    encoder, pooling, trainable
        As for :func:`build_text_encoder`.

    Returns
    -------
    ids : KerasTensor of shape (n, length)
    mask : KerasTensor of shape (n, length)
        1 for a token, 0 for padding.
    outputs : dict of KerasTensor
        As :func:`~keraswrap.text.load_backbone` gives them.
    """
    check_pooling(pooling)
    import keras

    from keraswrap.layers import PaddingMask, SegmentIds

    kind, number = parse_trainable(trainable)
    checkpoint = read_checkpoint(encoder)
    check_pooling(pooling, checkpoint)
    # A fully frozen encoder is a fixed function, whose vectors can be cached.
    backbone = load_backbone(encoder, dropout=0.0 if kind == "head" else None)
    set_trainable(backbone, checkpoint, kind, number, pooling)

    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = PaddingMask(checkpoint.pad_id)(ids)
    inputs = {"token_ids": ids, "padding_mask": mask}
    if "segment_ids" in backbone.input:  # it tells the first text from the second
        separator = codec_of(encoder).separator if checkpoint.n_segments > 1 else None
        inputs["segment_ids"] = SegmentIds(separator, checkpoint.pad_id)(ids)
    return ids, mask, backbone(inputs)


def build_text_classifier(
    encoder: str,
    n_classes: int | None = None,
    pooling: str = "mean",
    dropout: float = 0.1,
    trainable: str = "all",
    head: str = "auto",
    meta: Mapping[str, object] | None = None,
    n_numeric: int = 0,
) -> keras.Model:
    """Build a net from token ids to a score for each class.

    Parameters
    ----------
    encoder, pooling
        As for :func:`build_text_encoder`.
    n_classes : int, optional
        Output units; by default the number of classes or columns of y.
    dropout : float in [0, 1), default=0.1
        Dropout rate of the pooled vector.
    trainable : str, default="all"
        Which part of the encoder is trained: ``"all"``, ``"head"`` (none), ``"last:k"``
        or ``"lora:r"``; see ``set_trainable``.
    head : {"auto", "new", "checkpoint"}, default="auto"
        What scores the classes: a new layer, or the checkpoint's own head with its own
        pooling. ``"auto"`` uses the latter if its labels match the classes of y, by
        name or, if y holds numbers, by position.
    meta : mapping, optional
        What is known about the data; filled in by the wrapper. If classes are ordered
        (``meta["ordered_"]``), the net ends in
        :class:`~keraswrap.layers.OrderedLogits`.
    n_numeric : int, default=0
        Numbers that come with each text, in a second input ``"numbers"``. They are
        joined to the pooled vector after its dropout, under a new layer, and should be
        standardized.

    Returns
    -------
    keras.Model
        From int32 ids of shape (n, length), and float32 numbers of shape
        (n, n_numeric) if there are any, to logits of shape (n, n_classes), or
        (n, n_classes - 1) for ordered classes; not compiled. The wrapper turns the
        logits into probabilities: by a softmax, or by sigmoids if rows may have several
        labels or classes are ordered.

    Raises
    ------
    ParameterError, InputError
        As for :func:`build_text_encoder`; if rows are longer than the checkpoint's
        positions; or if its head is requested but does not match these classes.
    """
    import keras

    check_positions(encoder, meta)
    n_classes = units(n_classes, meta, "n_classes_")
    bare = bool(n_numeric) or is_ordered(meta)
    if bare and head == "checkpoint":
        raise ParameterError(
            "Expected head to be 'auto' or 'new' where numbers are read beside texts or classes "
            "are ordered, got 'checkpoint': the checkpoint's own head has another form."
        )
    own = None if bare else match_head(encoder, head, n_classes, meta)
    if own is not None:
        ids, _, outputs = encode(encoder, own[0].pooling, trainable)
        return keras.Model(ids, apply_head(own[0], outputs, dropout, own[1]))
    # Created first, so that they start with the same weights whatever is below them.
    dropped = keras.layers.Dropout(dropout)
    scores = score_layer(n_classes, meta)
    body = build_text_encoder(encoder, pooling, trainable)
    return _join(body.input, dropped(body.output), n_numeric, scores)


def _join(
    rows: keras.KerasTensor, pooled: keras.KerasTensor, n_numeric: int, scores: keras.Layer
) -> keras.Model:
    """Put a layer on pooled vectors, and on numbers beside them if there are any."""
    import keras

    if not n_numeric:
        return keras.Model(rows, scores(pooled))
    numbers = keras.Input((n_numeric,), dtype="float32", name="numbers")
    joined = keras.layers.Concatenate()([pooled, numbers])
    return keras.Model([rows, numbers], scores(joined))


def build_text_regressor(
    encoder: str,
    n_outputs: int | None = None,
    pooling: str = "mean",
    dropout: float = 0.1,
    trainable: str = "all",
    meta: Mapping[str, object] | None = None,
    n_numeric: int = 0,
) -> keras.Model:
    """Build a net from token ids to numbers.

    Parameters
    ----------
    encoder, pooling, dropout, trainable, meta, n_numeric
        As for :func:`build_text_classifier`.
    n_outputs : int, optional
        Output units; by default the number of columns of y, twice as many with
        ``target="gaussian"``.

    Returns
    -------
    keras.Model
        From int32 ids of shape (n, length) to numbers of shape (n, n_outputs);
        not compiled.

    Raises
    ------
    ParameterError, InputError
        As for :func:`build_text_encoder`.
    """
    n_outputs = units(n_outputs, meta, _units_name(meta))
    return build_text_classifier(
        encoder, n_outputs, pooling, dropout, trainable, "new", meta, n_numeric
    )


def build_vector_head(
    n_classes: int | None = None,
    dropout: float = 0.1,
    meta: Mapping[str, object] | None = None,
    n_numeric: int = 0,
) -> keras.Model:
    """Build the part of :func:`build_text_classifier` above the encoder.

    On vectors of :class:`~keraswrap.text.TextEmbedder` it learns the same as on the
    frozen encoder, up to rounding.

    Parameters
    ----------
    n_classes, dropout, meta, n_numeric
        As for :func:`build_text_classifier`; for regression, `n_classes` is the
        number of outputs.

    Returns
    -------
    keras.Model
        From vectors of shape (n, hidden) to logits of shape (n, n_classes).
    """
    import keras

    dropped = keras.layers.Dropout(dropout)
    name = "n_classes_" if "n_classes_" in (meta or {}) else _units_name(meta)
    scores = score_layer(units(n_classes, meta, name), meta)
    if n_numeric:
        vectors = keras.Input(_shape_of("vectors", meta), name="vectors")
    else:
        vectors = keras.Input(((meta or {})["n_features_in_"],))
    return _join(vectors, dropped(vectors), n_numeric, scores)


def parse_trainable(trainable: str) -> tuple[str, int]:
    """Read what of an encoder is to be trained.

    Returns
    -------
    kind : {"all", "head", "last", "lora"}
    number : int
        Of layers or of ranks; 0 where there is none.

    Raises
    ------
    ParameterError
        If it is something else.

    Examples
    --------
    >>> parse_trainable("last:2"), parse_trainable("all")
    (('last', 2), ('all', 0))
    """
    kind, colon, number = str(trainable).partition(":")
    if kind in ("all", "head") and not colon:
        return kind, 0
    if kind in ("last", "lora") and number.isdecimal() and int(number) > 0:
        return kind, int(number)
    raise ParameterError(
        "Expected trainable to be 'all', 'head', 'last:k' or 'lora:r' with k layers or a rank r of "
        f"at least 1, such as 'last:2', got {trainable!r}."
    )


def set_trainable(
    backbone: keras.Model, checkpoint: Checkpoint, kind: str, number: int, pooling: str = "mean"
) -> None:
    """Choose what of an encoder is trained.

    Parameters
    ----------
    backbone : keras.Model
        As :func:`~keraswrap.text.load_backbone` returns it.
    checkpoint : Checkpoint
        What it was loaded from.
    kind : {"all", "head", "last", "lora"}
        Everything; nothing; the last layers; or low-rank additions to the
        queries and values of every layer, the rest standing still [1]_.
    number : int
        How many of the last layers (ALBERT has one, used many times), or the
        rank.
    pooling : {"mean", "cls", "pooler"}, default="mean"
        No gradient reaches the checkpoint's pooler unless it is used.

    References
    ----------
    .. [1] Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models",
       ICLR 2022.
    """
    architecture = checkpoint.architecture
    blocks = [backbone.get_layer(name) for name in architecture.block_names(checkpoint)]
    pooler = [layer for layer in backbone.layers if layer.name == "pooled_dense"]
    if kind == "lora":
        backbone.trainable = False
        for layer in blocks:
            for dense in architecture.lora_targets(layer):
                dense.trainable = True
                dense.enable_lora(number)
    elif kind == "last":
        for layer in backbone.layers:
            layer.trainable = layer in blocks[-number:]
    else:
        backbone.trainable = kind == "all"
    for layer in pooler:
        layer.trainable = pooling == "pooler" and kind in ("all", "last")


def units(given: int | None, meta: Mapping[str, Any] | None, name: str) -> int:
    """Return the number of output units: as given, or from the data.

    Raises
    ------
    ParameterError
        If neither says.

    Examples
    --------
    >>> units(None, {"n_classes_": 3}, "n_classes_")
    3
    """
    number = given if given is not None else (meta or {}).get(name)
    if number is None:
        raise ParameterError(
            f"Expected {name[:-1]}, the number of output units, got None. Pass it; a wrapper "
            "fills it in from y."
        )
    return int(number)


def is_ordered(meta: Mapping[str, object] | None) -> bool:
    """Return whether y has ordered classes."""
    return bool((meta or {}).get("ordered_"))


def score_layer(n: int, meta: Mapping[str, object] | None) -> keras.Layer:
    """Return the last layer: one unit for each class or number, or thresholds between classes."""
    import keras

    from keraswrap.layers import OrderedLogits

    return OrderedLogits(n) if is_ordered(meta) else keras.layers.Dense(n)


def _units_name(meta: Mapping[str, object] | None) -> str:
    """Return the name for the output units of a net for numbers."""
    return "n_units_" if "n_units_" in (meta or {}) else "n_outputs_"


def check_positions(encoder: str, meta: Mapping[str, object] | None) -> None:
    """Check that rows are no longer than the checkpoint has positions for.

    Raises
    ------
    InputError
    """
    shape = _shape_of("ids", meta)
    positions = read_checkpoint(encoder).n_positions
    if len(shape) == 1 and shape[0] > positions:
        raise InputError(
            f"Expected rows of at most {positions} tokens, the positions that the checkpoint "
            f"{encoder!r} has, got rows of {shape[0]}. Lower max_length."
        )


def _shape_of(name: str, meta: Mapping[str, Any] | None) -> tuple[int, ...]:
    """Return the shape of a row, whether it comes alone or by name."""
    shapes = (meta or {}).get("shapes_", {})
    return shapes.get(name, shapes.get(LONE, ()))
