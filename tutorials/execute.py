"""Run every tutorial from top to bottom and keep its outputs in the notebook."""

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
# What native code writes past Python, such as TensorFlow's log, stays out of the notebook.
QUIET = ["--IPKernelApp.capture_fd_output=False"]


def execute(path):
    """Run a notebook in an empty folder, and write it back only if all of it ran."""
    book = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            book,
            timeout=None,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=list(QUIET),
            resources={"metadata": {"path": folder}},
        ).execute()
    # Who runs it on which Python changes nothing for readers.
    book.metadata = {"kernelspec": book.metadata["kernelspec"]}
    nbformat.write(book, path)


if __name__ == "__main__":
    # Neither PyTorch nor a progress bar is missing here.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("PYTHONWARNINGS", "ignore:IProgress not found")
    for path in [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")):
        started = time.perf_counter()
        execute(path)
        print(f"{path.name}: {time.perf_counter() - started:.0f} s")
