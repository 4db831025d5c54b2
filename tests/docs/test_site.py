"""The documentation builds without a warning, and leaves no public name undocumented."""

import fcntl
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
# No docstring; parameters that are missing, or none of the function's; no Returns, no Yields.
FAULTS = {"GL08", "PR01", "PR02", "RT01", "YD01"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build it as `make docs` does, but with broken references and links as errors."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-n", "-W", "--keep-going"]
    settings = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    # It writes pages of the reference beside the guides: one test process at a time.
    with (tmp_path_factory.getbasetemp().parent / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [*command, "-b", "html", str(DOCS), str(out)],
            capture_output=True,
            text=True,
            env=settings,
        )
    faults = [
        line for line in done.stderr.splitlines() if re.search(r"\w+:.*(WARNING|ERROR): ", line)
    ]
    assert done.returncode == 0, "\n".join(faults) or done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def reference():
    sys.path.insert(0, str(DOCS))
    try:
        import conf
    finally:
        sys.path.remove(str(DOCS))
    rooms = [f"keraswrap.{room}".rstrip(".") for room in conf.PUBLIC]
    return {f"{room}.{name}" for room in rooms for name in conf.public_names(room[10:])}


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(site, reference):
    pages = [path.read_text("utf-8") for path in (site / "api").glob("keraswrap*.html")]
    pages += [path.read_text("utf-8") for path in (site / "api" / "generated").glob("*.html")]
    entries = set(re.findall(r'<dt class="[^"]*" id="([^"]+)">', "".join(pages)))
    assert reference - entries == set()
    assert len(reference) > 60


@pytest.mark.slow
def test_every_guide_and_notebook_is_a_page(site):
    sources = [*DOCS.glob("guides/*.md"), *(DOCS.parent / "tutorials").glob("*.ipynb")]
    names = {f"{path.parent.name}/{path.stem}.html" for path in sources}
    assert {name for name in names if not (site / name).exists()} == set()


@pytest.mark.slow
def test_a_page_needs_no_network(site):
    fetched = re.compile(r'(?:src|href)="(https?:)?//[^"]+\.(?:js|css|woff2?)[^"]*"')
    pages = [site / "index.html", site / "guides" / "tune.html"]
    assert [fetched.findall(page.read_text("utf-8")) for page in pages] == [[], []]


# Their methods are those of a protocol, which documents them, or of Keras.
ELSEWHERE = (
    "llm.FakeLM.",
    "llm.OpenAICompatibleLM.",
    "layers.PaddingMask.",
    "layers.SegmentIds.",
    "layers.OrderedLogits.",
)
ELSEWHERE += ("data.RowView.",)


def callables(reference):
    for name in sorted(reference):
        room, _, own = name.rpartition(".")
        thing = getattr(importlib.import_module(room), own)
        if inspect.isclass(thing):
            methods = [k for k, v in vars(thing).items() if inspect.isfunction(v) and k[0] != "_"]
            is_protocol = getattr(thing, "_is_protocol", False)
            yield from [*([] if is_protocol else [name]), *(f"{name}.{m}" for m in methods)]
        elif inspect.isfunction(thing):
            yield name


def test_docstrings_name_every_parameter_and_what_is_returned(reference):
    from numpydoc.validate import validate

    found = [
        (name, code, message)
        for name in callables(reference)
        for code, message in validate(name)["errors"]
        if code in FAULTS and not name.removeprefix("keraswrap.").startswith(ELSEWHERE)
    ]
    assert found == []
