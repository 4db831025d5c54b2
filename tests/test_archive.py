"""Saved files that declare more than they hold, tried with harmless sizes."""

import io
import zipfile

import numpy as np
import pytest

from keraswrap import _archive
from keraswrap.exceptions import SavedFileError


def zipped(name, content, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def npz(header, data=b"", method=zipfile.ZIP_STORED):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, header)
    return zipped("a.npy", head.getvalue() + data, method)


@pytest.mark.parametrize("size", [999, 1000])
def test_a_member_unpacks_to_its_room_and_no_more(size, monkeypatch):
    monkeypatch.setattr(_archive, "ROOM", 999)
    with zipfile.ZipFile(io.BytesIO(zipped("a", b"x" * size))) as archive:
        if size == 999:
            assert _archive.read_member(archive, "a") == b"x" * 999
        else:
            with pytest.raises(SavedFileError, match="a to unpack to at most 999 bytes, as 1"):
                _archive.read_member(archive, "a")


def test_what_comes_out_counts_and_not_what_was_declared(monkeypatch):
    monkeypatch.setattr(_archive, "ROOM", 999)
    content = zipped("a", b"x" * 5000)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.getinfo("a").file_size = 10
        # zipfile itself stops at the declared size, and finds that the checksum differs.
        with pytest.raises(zipfile.BadZipFile, match="Bad CRC-32"):
            _archive.read_member(archive, "a")


def test_what_is_large_in_the_file_may_be_large_unpacked(monkeypatch):
    monkeypatch.setattr(_archive, "ROOM", 9)
    content = np.random.default_rng(0).bytes(5000)
    with zipfile.ZipFile(io.BytesIO(zipped("a", content))) as archive:
        assert _archive.read_member(archive, "a") == content


@pytest.mark.parametrize("dtype", ["<f4", "<i8", "|b1", "<U7", "<c16"])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3), (1, 1, 4)])
def test_arrays_are_those_that_numpy_reads(dtype, shape):
    buffer = io.BytesIO()
    np.savez(buffer, a=np.ones(shape, dtype), b=np.asfortranarray(np.ones(shape, dtype)))
    with np.load(io.BytesIO(buffer.getvalue())) as wanted:
        found = _archive.read_arrays(buffer.getvalue())
        assert list(found) == wanted.files
        for name in found:
            np.testing.assert_array_equal(found[name], wanted[name], strict=True)


@pytest.mark.parametrize(
    ("shape", "descr"),
    [((10**15,), "<f4"), ((1,), "<U99999999"), ((2,), "<f4"), ((0,), "<f4"), ((-1, -4), "|i1")],
)
def test_a_header_is_held_against_what_follows_it(shape, descr):
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    with pytest.raises(SavedFileError, match=r"a\.npy to hold an array .* got 4 bytes"):
        _archive.read_arrays(npz(header, b"1234"))


def test_an_array_that_was_packed_must_not_unpack_to_much_more(monkeypatch):
    monkeypatch.setattr(_archive, "ROOM", 999)
    header = {"descr": "|i1", "fortran_order": False, "shape": (9000,)}
    packed = npz(header, bytes(9000), zipfile.ZIP_DEFLATED)
    with pytest.raises(SavedFileError, match=r"a\.npy to unpack to at most \d+ bytes, got 9128"):
        _archive.read_arrays(packed)
