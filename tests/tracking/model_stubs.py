"""Files that look like models, made in no time: each number gives other bytes."""

import io
import json
import zipfile


def stub_bytes(number=0, size=0):
    about = {"class": "KerasWrapperModel", "format": 1, "versions": {"keras": "3.15"}, "n": number}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (("estimator.json", json.dumps(about)), ("arrays.npz", b"\1" * size)):
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def stub(folder, number=0, size=0):
    path = folder / f"model{number}.keraswrap"
    path.write_bytes(stub_bytes(number, size))
    return path
