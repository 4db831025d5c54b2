"""What a file says of itself, before it is loaded."""

import hashlib
import io
import pickle

import pytest
from saved_models import MAKERS

from keraswrap._versions import find_version
from keraswrap.exceptions import SavedFileError
from keraswrap.model_files import FileInfo, read_file_info, save_estimator


@pytest.mark.parametrize("name", MAKERS)
def test_a_file_names_its_class_and_versions(tmp_path, name):
    path = tmp_path / "model"
    save_estimator(MAKERS[name](), path)
    info = read_file_info(path)
    assert (info.class_name, info.format, info.is_pickle) == (name, 1, False)
    assert info.versions["keras"] == find_version("keras")
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.n_bytes == path.stat().st_size


def test_a_pickle_is_not_run():
    content = pickle.dumps(print)
    digest = hashlib.sha256(content).hexdigest()
    expected = FileInfo("", 0, {}, digest, len(content), is_pickle=True)
    assert read_file_info(io.BytesIO(content)) == expected


def test_the_error_names_the_file(tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(SavedFileError, match=r"notes\.txt"):
        read_file_info(tmp_path / "notes.txt")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_file_info(tmp_path / "nowhere")
