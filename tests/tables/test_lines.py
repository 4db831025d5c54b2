"""Line ends and encodings."""

import pandas as pd
import pytest

from keraswrap._tables import (
    Stream,
    read_table,
)
from keraswrap.exceptions import ParameterError


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


MAC = ["text,label\r", '"a ""b"", c",x\r', '"two\rlines",y']


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_lines_may_end_as_on_any_machine(tmp_path, monkeypatch, end, size):
    content = "".join(MAC).replace("\r", end).encode()
    expected = {"text": ['a "b", c', f"two{end}lines"], "label": ["x", "y"]}
    path = write(tmp_path / "t.csv", content)
    assert read_table(path).to_dict("list") == expected
    monkeypatch.setattr("keraswrap._tables.stream._BLOCK", size)
    with path.open("rb") as file:
        rows = [row for _, row in Stream(file.fileno(), "t.csv").rows]
    assert pd.DataFrame(rows).to_dict("list") == expected
    lines = write(tmp_path / "t.jsonl", content=end.join(['{"a": 1}', '{"a": 2}']))
    assert read_table(lines)["a"].tolist() == [1, 2]


def test_another_encoding_is_read_by_its_name(tmp_path):
    path = write(tmp_path / "t.csv", "text\nZoë\n".encode("cp1252"))
    assert read_table(path, encoding="cp1252")["text"][0] == "Zoë"


@pytest.mark.parametrize("encoding", ["utf-16", "no such"])
def test_an_encoding_that_is_none_is_refused(tmp_path, encoding):
    path = write(tmp_path / "t.csv", "text\na\n")
    with pytest.raises(ParameterError, match="encoding"):
        read_table(path, encoding=encoding)
