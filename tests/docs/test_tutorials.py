"""Every notebook runs from top to bottom, made small by substitutions that must apply."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TUTORIALS = Path(__file__).parents[2] / "tutorials"

# Notebook → (text in its code, what stands there instead): fewer rows, fewer epochs.
SMALL: dict[str, list[tuple[str, str]]] = {
    "annotators.ipynb": [("N_ROWS = 800", "N_ROWS = 200")],
    "corrections.ipynb": [("N_TRAIN, N_TEST = 800, 1500", "N_TRAIN, N_TEST = 200, 100")],
    "datasets.ipynb": [
        ("train_size=900", "train_size=300"),
        ('"epochs": 10', '"epochs": 2'),
        ("StratifiedKFold(3,", "StratifiedKFold(2,"),
        ('"batch_size": [32, 128]', '"batch_size": [32]'),
        ("[0.001, 0.005]", "[0.005]"),
        ("n_train=300, n_test=300", "n_train=32, n_test=32"),
        ('trainable="head", random_state=0', 'trainable="head", epochs=1, random_state=0'),
        ("cv_n_folds=5", "cv_n_folds=2"),
    ],
    "features.ipynb": [("N = 150", "N = 24")],
    "fine_tuning.ipynb": [
        ("n_train=240, n_test=500", "n_train=24, n_test=16"),
        ('"epochs": 2', '"epochs": 1'),
        # Tracing a net's graph would take longer than the few batches that are left.
        ('"optimizer": "adam",', '"optimizer": "adam", "run_eagerly": True,'),
        ('trainable="all", random', 'trainable="head", random'),
    ],
    "frozen_or_tuned.ipynb": [
        ("n_train=300, n_test=800", "n_train=24, n_test=16"),
        ("EPOCHS = 8", "EPOCHS = 1"),
        # One net that is tuned, and one more to compare it with: tests/text tries the others.
        ('make_tuned("lora:8",', 'make_tuned("head",'),
        ('make_tuned("all",', 'make_tuned("last:1",'),
    ],
    "label_issues.ipynb": [("N_TRAIN, N_TEST = 800, 1500", "N_TRAIN, N_TEST = 200, 100")],
    "labeling.ipynb": [
        ("N_ROWS, N_ASKED, N_AUDIT = 1500, 60, 300", "N_ROWS, N_ASKED, N_AUDIT = 300, 8, 120")
    ],
    "language_models.ipynb": [
        ("N_POOL, N_TEST = 800, 300", "N_POOL, N_TEST = 40, 8"),
        ("LABELED = 100", "LABELED = 12"),
        ("for n in (2, 4, 8)", "for n in (2, 8)"),
        ("for n in (50, 200, 800)", "for n in (20, 200)"),
        (
            "TransformerClassifier(random_state=0)",
            'TransformerClassifier(trainable="head", random_state=0)',
        ),
        ("N_SUSPECTED = 400", "N_SUSPECTED = 12"),
        ("cv=3", "cv=2"),
    ],
    "pipelines.ipynb": [("N_ROWS, N_CANDIDATES = 600, 4", "N_ROWS, N_CANDIDATES = 200, 1")],
    "reviews.ipynb": [
        ("n_train=400, n_test=400", "n_train=48, n_test=32"),
        ('{"batch_size": [16, 32], "epochs": [1, 2]}', '{"batch_size": [16], "epochs": [1]}'),
        # Tracing the net's graph would take longer than the few batches that are left.
        ('"optimizer": "adam",', '"optimizer": "adam", "run_eagerly": True,'),
    ],
    "shop.ipynb": [("max_tokens=80", "max_tokens=8")],
    "tabular.ipynb": [
        ('"epochs": 40', '"epochs": 3'),
        ('"net__batch_size": [32, 64]', '"net__batch_size": [64]'),
        ("[0.003, 0.01]", "[0.01]"),
        ("cv=3", "cv=2"),
        ("cv_n_folds=5", "cv_n_folds=2"),
        ("n_repeats=5", "n_repeats=1"),
    ],
}


def shrink(book, substitutions):
    """Replace in the code cells, and make sure that each text was there just once."""
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    for large, small in substitutions:
        found = sum(cell.source.count(large) for cell in cells)
        assert found == 1, f"expected {large!r} once in the notebook's code, found {found}"
        for cell in cells:
            cell.source = cell.source.replace(large, small)


def test_every_notebook_is_listed():
    assert set(SMALL) == {path.name for path in TUTORIALS.glob("*.ipynb")}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_notebook_runs(name, tmp_path, monkeypatch):
    # Fits on two cores do not gain from TensorFlow's log, nor do readers of a failure.
    monkeypatch.setitem(os.environ, "TF_CPP_MIN_LOG_LEVEL", "3")
    book = nbformat.read(TUTORIALS / name, as_version=4)
    shrink(book, SMALL[name])
    client = NotebookClient(
        book, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code")


def test_shrink_refuses_what_is_not_there():
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("epochs = 10")])
    shrink(book, [("epochs = 10", "epochs = 1")])
    assert book.cells[0].source == "epochs = 1"
    with pytest.raises(AssertionError, match="found 0"):
        shrink(book, [("epochs = 10", "epochs = 1")])
