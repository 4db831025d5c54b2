"""What the pages say is true: links, commands, names and Python examples."""

import ast
import doctest
import importlib
import inspect
import json
import re
import textwrap
from pathlib import Path

import pytest

import keraswrap

ROOT = Path(__file__).parents[2]
GUIDES = [page for page in sorted(ROOT.glob("docs/**/*.md")) if "_build" not in page.parts]
PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("benchmarks/**/*.md")) + GUIDES
PUBLIC = [name for name in keraswrap.__all__ if not name.startswith("_")]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def python_blocks(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@each_page
def test_links_inside_the_project_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@each_page
def test_no_merge_was_left_half_way(page):
    assert re.findall(r"^(?:<{7}|={7}|>{7})(?:\s.*)?$", page.read_text("utf-8"), re.MULTILINE) == []


@each_page
def test_make_targets_exist(page):
    named = set(re.findall(r"\bmake ([a-z]+)\b", " ".join(code_of(page))))
    assert named <= TARGETS


def code_of(page):
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```.*?^```|^ {4}[^\n]*$", text, re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"`[^`\n]+`", text)


@each_page
def test_python_examples_import_what_exists(page):
    for block in python_blocks(page):
        source = strip_prompts(block)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keraswrap"):
                module = importlib.import_module(node.module)
                missing = [a.name for a in node.names if not hasattr(module, a.name)]
                assert missing == [], f"{page.name} imports {missing} from {node.module}"


def strip_prompts(block):
    if ">>>" not in block:
        return block
    return "".join(example.source for example in doctest.DocTestParser().get_examples(block))


@each_page
def test_examples_with_prompts_give_what_is_printed(page):
    examples = "\n".join(block for block in python_blocks(page) if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


def test_the_guides_name_every_public_name_and_the_readme_the_two_commands():
    guides = "".join(page.read_text("utf-8") for page in GUIDES)
    assert [name for name in PUBLIC if name not in guides] == []
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in ("make demo", "make test") if name not in text] == []
    assert len(text.split()) <= 900


def block(text, start, end):
    return text.split(start)[1].split(end)[0]


@pytest.mark.parametrize("name", ["bench_demo", "bench_few_shot", "bench_padding", "bench_text"])
def test_the_figures_in_a_guide_are_those_of_the_benchmark(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    bench = importlib.import_module(name)
    guide = bench.PAGE.read_text("utf-8")
    assert block(guide, *bench.MARKS) == bench.table(json.loads(bench.RESULTS.read_text()))


def test_the_servers_in_a_guide_are_those_of_the_benchmark(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    bench = importlib.import_module("bench_serve")
    guide = bench.GUIDE.read_text("utf-8")
    assert block(guide, *bench.MARKS) == bench.brief(json.loads(bench.RESULTS.read_text()))


@pytest.mark.parametrize(("name", "n_tables"), [("answers", 2), ("features", 1), ("synthetic", 1)])
def test_the_figures_of_a_guide_are_columns_of_the_benchmarks(name, n_tables):
    guide = (ROOT / "docs" / "guides" / f"{name}.md").read_text("utf-8")
    measured = table_rows((ROOT / "benchmarks" / "README.md").read_text("utf-8"))
    whole = {tuple(row[:2]): row for row in measured}
    parts = re.findall(r"<!-- figures: .*?-->(.*?)<!-- end figures -->", guide, re.DOTALL)
    for header, *rows in map(table_rows, parts):
        left = iter(enumerate(whole[tuple(header[:2])]))
        columns = [next(n for n, name in left if name == wanted) for wanted in header]
        assert rows == [[whole[tuple(row[:2])][n] for n in columns] for row in rows]
    assert len(parts) == n_tables


def table_rows(text):
    rows = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows]


def test_the_build_function_in_the_guide_is_the_one_that_runs():
    from keraswrap.text import build_text_classifier

    tree = ast.parse(textwrap.dedent(inspect.getsource(build_text_classifier)))
    tree.body[0].body = tree.body[0].body[1:]  # less its docstring
    guide = (ROOT / "docs" / "guides" / "text.md").read_text("utf-8")
    shown = block(guide, "<!-- build_text_classifier -->", "<!-- end build_text_classifier -->")
    code = re.search(r"```python\n(.*?)```", shown, re.DOTALL).group(1)
    assert ast.dump(ast.parse(code).body[-1]) == ast.dump(tree.body[0])


def test_the_changelog_knows_this_version_or_what_is_to_come():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text or f"## [{keraswrap.__version__}]" in text
