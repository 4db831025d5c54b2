"""JSON lines in parts: the same rows and errors as one by one."""

import random

import pytest

from keraswrap._tables.lines import open_lines, read_lines
from keraswrap._tables.objects import object_parts
from keraswrap.exceptions import InputError

LINES = [
    '{"a": 1, "b": "x"}',
    '{"b": "\\ud800 ü", "a": [1, {"c": null}]}',
    '{"a": 1.0}',
    ' {"a": true, "late": NaN} ',
    '{"a": 1, "a": 2, "c": -0.0}',
    '{"b": "\u2028\x85"}\r',
    "{}",
    "",
    " \t",
]
BROKEN = ["[1]", "1", '{"a": 1', '{"a": 1} {"a": 2}', '{"a": 1}x', "\ufeff{}", "[" * 9999, "nul\0"]


def whole(path, encoding="utf-8"):
    rows = []
    try:
        with open_lines(path, encoding) as lines:
            for _, row in read_lines(lines, str(path)):
                rows.append(row)
    except InputError as error:
        return rows, str(error)
    return rows, None


def in_parts(path, size, encoding="utf-8"):
    rows = []
    try:
        for part in object_parts(path, encoding, size):
            rows += part.to_dict("records")
    except InputError as error:
        return rows, str(error)
    return rows, None


def filled(rows):
    """Describe rows so that 1 is not 1.0, and None is as good as nothing."""
    return [
        {name: repr(row[name]) for name in sorted(row) if row[name] is not None} for row in rows
    ]


@pytest.mark.parametrize("size", [1, 30, 1 << 20])
@pytest.mark.parametrize("broken", [[], BROKEN])
def test_parts_hold_what_is_read_line_by_line(tmp_path, broken, size):
    path, rng = tmp_path / "t.jsonl", random.Random(size)
    for _ in range(150):
        lines = rng.choices(LINES, k=rng.randint(1, 12))
        if broken:
            lines.insert(rng.randint(0, len(lines)), rng.choice(broken))
        path.write_bytes(("\n".join(lines) + rng.choice(["", "\n"])).encode())
        expected, found = whole(path), in_parts(path, size)
        assert filled(found[0]) == filled(expected[0])
        assert found[1] == expected[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "shift_jis"])
def test_encodings_and_returns_are_read_alike(tmp_path, encoding):
    path = tmp_path / "t.jsonl"
    for end in ("\n", "\r\n", "\r"):
        path.write_bytes(end.join(['{"a": "é"}', '{"a": "表"}', '{"b": 1}']).encode())
        for size in (1, 1 << 20):
            expected, found = whole(path, encoding), in_parts(path, size, encoding)
            assert filled(found[0]) == filled(expected[0])
            assert found[1] == expected[1]
