"""Measure a training step of MiniLM: its time, its operations, and the machine's peak."""

from __future__ import annotations

import glob
import re
import statistics
import tempfile
import time
from collections import Counter

import numpy as np
from job import main

LAYERS, WIDTH, INNER = 6, 384, 1536
# Part that an operation belongs to, by the first pattern that matches its name and kind.
PARTS = {
    "matrix products": r"MatMul|Einsum",
    "casts": r":Cast$",
    "dropout": r"dropout",
    "GELU": r"/gelu/|feedforward_intermediate_dense.*:(?!BiasAdd)",
    "layer norms": r"layer_norm",
    "softmax and mask": r"softmax|padding_mask|self_attention.*:(SelectV2|LogicalAnd)",
    "optimizer": r"adam|Adam|UnsortedSegmentSum",
    "other operations": r"",
}


def take_one_core():
    """Make TensorFlow compute one operation after another, each on one core."""
    import tensorflow as tf

    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)


def make(trainable, precision, jit_compile, **params):
    import keras

    from keraswrap import KerasWrapperModel
    from keraswrap.text import build_text_classifier, resolve_encoder

    return KerasWrapperModel(
        build_text_classifier,
        {"encoder": resolve_encoder(), "trainable": trainable},
        {
            "optimizer": keras.optimizers.AdamW(1e-5, weight_decay=0.01, global_clipnorm=1.0),
            "jit_compile": jit_compile,
        },
        params,
        random_state=0,
        precision=precision,
    )


def make_net(trainable, precision, jit_compile, before):
    """Build and compile the classifier as a fit would; `before` undoes the improvements."""
    import keras

    net = make(trainable, precision, jit_compile).initialize(rows(2, 8), [0, 1]).net
    if before:
        del net.optimizer.update_step
        for layer in net._flatten_layers():
            if getattr(layer, "activation", None) is not None and hasattr(layer, "units"):
                name = layer.activation.__name__
                layer.activation = keras.activations.get(name)
    return net


def rows(batch, length):
    return np.random.default_rng(0).integers(1000, 20000, (batch, length)).astype("int32")


def steps(net, batch, length):
    """Return a function that does one training step, as Keras does it."""
    import tensorflow as tf

    ids, labels = rows(batch, length), np.arange(batch, dtype="int32") % 2
    signature = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)

    def endless():
        while True:
            yield ids, labels

    fed = iter(tf.data.Dataset.from_generator(endless, output_signature=signature).prefetch(2))
    net.make_train_function()
    return lambda: [np.asarray(v) for v in tf.nest.flatten(net.train_function(fed))]


def asks(net, batch, length):
    """Return a function that does one step of prediction."""
    import tensorflow as tf

    ids = tf.constant(rows(batch, length))
    net.make_predict_function()
    run = tf.function(
        lambda ids: net(ids, training=False),
        input_signature=[tf.TensorSpec((None, None), tf.int32)],
        jit_compile=net.jit_compile,
    )
    return lambda: run(ids).numpy()


def timed(run, repeats):
    """Time calls; the median is used for comparisons, the fastest is reported with it."""
    run()
    wall, cpu = [], []
    for _ in range(repeats):
        clock, spent = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - clock)
        cpu.append(time.process_time() - spent)
    times = {"wall": statistics.median(wall), "cpu": statistics.median(cpu)}
    return {**times, "least_wall": min(wall), "least_cpu": min(cpu)}


def flops(batch, length, trainable=None):
    """Count the floating-point operations of the matrix products in a prediction or a step."""
    tokens = batch * length
    weights, scores = 4 * WIDTH**2 + 2 * WIDTH * INNER, 2 * length * WIDTH
    forward = LAYERS * 2 * tokens * (weights + scores)
    if trainable is None:
        return forward
    if trainable == "all":
        return 3 * forward
    # Backward through frozen weights, except to the inputs of the first layer. For queries and
    # values, Keras computes the gradient of the whole matrix, and from it that of the additions.
    through = LAYERS * 2 * tokens * (weights + 2 * scores) - 2 * tokens * 3 * WIDTH**2
    return forward + through + LAYERS * 2 * tokens * 2 * WIDTH**2


def peak(precision, jit_compile=False):
    """Measure the peak rate of matrix products here, in FLOP per wall second and CPU second."""
    import tensorflow as tf

    dtype = "float32" if precision == "float32" else "bfloat16"
    best = {"wall": 0.0, "cpu": 0.0}
    for m, k, n in ((1024, 1024, 1024), (1024, WIDTH, INNER), (1024, INNER, WIDTH)):
        left, right = (tf.cast(tf.random.normal(shape), dtype) for shape in ((m, k), (k, n)))
        run = tf.function(tf.matmul, jit_compile=jit_compile)
        times = timed(lambda run=run, left=left, right=right: run(left, right).numpy(), 25)
        for clock in best:
            best[clock] = max(best[clock], 2 * m * k * n / times[f"least_{clock}"])
    return best


def pace(precision, trainable, jit_compile, sizes, repeats):
    """Time steps and predictions on all cores, and compare them with the machine's peak."""
    net = make_net(trainable, precision, jit_compile, before=False)
    found = {}
    for batch, length in sizes:
        step, ask = steps(net, batch, length), asks(net, batch, length)
        if not found:
            spent = time.process_time()
            step()
            found["first_step_cpu"] = time.process_time() - spent
        found[f"{batch}x{length}"] = {
            "train": beside_peak(step, flops(batch, length, trainable), precision, repeats),
            "predict": beside_peak(ask, flops(batch, length), precision, repeats),
        }
    return found


def beside_peak(run, count, precision, repeats):
    """Time calls, and matrix products right after them, as other processes slow down both."""
    times, top = timed(run, repeats), peak(precision)
    share = {f"share_{clock}": count / times[clock] / top[clock] for clock in top}
    return {**times, **share, "gflop": count / 1e9, "peak": top}


def parts(precision, trainable, batch, length, repeats, before):
    """Measure what one core does in a step, by kind of operation."""
    take_one_core()
    net = make_net(trainable, precision, False, before)
    jobs = {
        "train": (steps(net, batch, length), flops(batch, length, trainable)),
        "predict": (asks(net, batch, length), flops(batch, length)),
    }
    return {
        name: {**beside_peak(run, count, precision, repeats), "parts": traced(run, repeats)}
        for name, (run, count) in jobs.items()
    }


def traced(run, repeats):
    """Return each part's share of the time that operations take.

    Seconds would be misleading: the profiler slows operations down, and other
    processes may use the core.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(repeats):
            run()
        tf.profiler.experimental.stop()
        spent = read_trace(folder)
    return {part: seconds / sum(spent.values()) for part, seconds in spent.items()}


def around(precision, trainable, batch, length, repeats):
    """Compare a step of a fit with a bare one: the rest is input and Keras's Python code."""
    import keras

    take_one_core()
    ends = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            ends.append(time.process_time())

    clf = make(trainable, precision, False, epochs=4, batch_size=batch)
    ids, labels = rows(batch * repeats, length), np.arange(batch * repeats) % 2
    clf.fit(ids, labels, callbacks=[Clock()])
    bare = timed(steps(clf.net, batch, length), repeats)
    return {"fit": float(np.median(np.diff(ends))) / repeats, "bare": bare["cpu"]}


def read_trace(folder):
    """Sum up the seconds of operations by part."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (path,) = glob.glob(f"{folder}/**/*.xplane.pb", recursive=True)
    with open(path, "rb") as file:
        space = xplane_pb2.XSpace.FromString(file.read())
    spent = Counter(dict.fromkeys(PARTS, 0.0))
    for plane in (plane for plane in space.planes if plane.name == "/host:CPU"):
        names = {key: meta.name for key, meta in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                name = names[event.metadata_id]
                if is_operation(name):
                    spent[part_of(name)] += event.duration_ps / 1e12
    return dict(spent)


def is_operation(name):
    # Functions and loops contain other operations, which would be counted twice.
    return bool(re.search(r"[^:]:\w+$", name)) and not re.search(r"Call:|:While|:\w*Call$", name)


def part_of(name):
    return next(part for part, pattern in PARTS.items() if re.search(pattern, name))


def accuracy(precision, trainable, seed, n):
    """Fit on rated sentences, and return the accuracy on others."""
    from keraswrap.datasets import fetch_rated_sentences
    from keraswrap.text import TransformerClassifier

    rated = fetch_rated_sentences()
    rated = rated[rated["mean"].abs() >= 1].sample(2 * n, random_state=seed)
    texts, labels = rated["text"].to_numpy(object), (rated["mean"] > 0).to_numpy(int)
    clf = TransformerClassifier(
        trainable=trainable, max_length=64, random_state=seed, precision=precision
    )
    wall, cpu = time.perf_counter(), time.process_time()
    clf.fit(texts[:n], labels[:n])
    spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    proba = clf.predict_proba(texts[n:])
    right = proba.argmax(axis=1) == labels[n:]
    loss = -np.log(proba[np.arange(n), labels[n:]]).mean()
    return {"accuracy": float(right.mean()), "loss": float(loss), **spent}


TASKS = {"pace": pace, "parts": parts, "around": around, "accuracy": accuracy}


def run(side, task, **settings):
    return TASKS[task](**settings)


if __name__ == "__main__":
    main(run)
