"""Folders of results: moved into place together, or not at all."""

import json

import pytest

from keraswrap.cli._output import check_folder, give, new_folder
from keraswrap.exceptions import InputError


def fill(folder, content, overwrite=True, fail=False):
    with new_folder(str(folder), ["a.csv"], overwrite) as draft:
        (draft / "a.csv").write_text(content)
        (draft / "b.csv").write_text(content)
        if fail:
            raise RuntimeError("half way")


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_all_files_come_at_the_end_and_others_stay(tmp_path):
    folder = tmp_path / "new" / "out"
    fill(folder, "first")
    (folder / "mine.txt").write_text("mine")
    fill(folder, "second")
    assert contents(folder) == {"a.csv": "second", "b.csv": "second", "mine.txt": "mine"}


@pytest.mark.parametrize("there", [False, True])
def test_what_fails_leaves_what_was_there(tmp_path, there):
    folder = tmp_path / "out"
    if there:
        fill(folder, "first")
    with pytest.raises(RuntimeError, match="half way"):
        fill(folder, "second", fail=True)
    assert (contents(folder) if there else folder.exists()) == (
        {"a.csv": "first", "b.csv": "first"} if there else False
    )


def test_nothing_is_overwritten_unless_asked(tmp_path):
    fill(tmp_path / "out", "first")
    with pytest.raises(InputError, match=r"a\.csv"):
        fill(tmp_path / "out", "second", overwrite=False)


def come_between(folder):
    with new_folder(str(folder), [], False) as draft:
        (draft / "b.csv").write_text("ours")
        (folder / "b.csv").write_text("theirs")


def test_a_file_that_came_meanwhile_is_kept(tmp_path):
    with pytest.raises(InputError, match=r"b\.csv"):
        come_between(tmp_path / "out")
    assert contents(tmp_path / "out") == {"b.csv": "theirs"}


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"a folder for --out, got .*file', which is a file"):
        fill(tmp_path / "file" / "in it", "text")


def test_results_are_text_or_json_with_any_letters(capsys):
    give({"class": "größe"}, "told", as_json=False)
    give({"class": "größe"}, "told", as_json=True)
    told, given = capsys.readouterr().out.splitlines()
    assert told == "told"
    assert "größe" in given
    assert json.loads(given) == {"class": "größe"}


def test_a_folder_that_is_not_there_yet_can_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check_folder("a/b", ["c.csv"], False) == tmp_path / "a" / "b"
    assert not (tmp_path / "a").exists()


def test_a_folder_with_a_file_of_that_name_is_refused(tmp_path):
    (tmp_path / "c.csv").touch()
    assert check_folder(str(tmp_path), ["other.csv"], False) == tmp_path
    assert check_folder(str(tmp_path), ["c.csv"], True) == tmp_path
    with pytest.raises(InputError, match=r"c\.csv', which exists"):
        check_folder(str(tmp_path), ["c.csv"], False)
    with pytest.raises(InputError, match=r"Expected a folder for --out, got .*, which is a file"):
        check_folder(str(tmp_path / "c.csv" / "d"), [], False)
