"""Render a summary as one HTML file that loads nothing and runs only its own script."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from keraswrap._tables.formulas import FORMULA, NUMBER
from keraswrap._wording import counted
from keraswrap.report._types import Summary

__all__ = ["embed_json", "read_template", "render_html", "static_policy", "template_environment"]

_SCRIPTS = (
    "data",
    "decisions",
    "decision_files",
    "details",
    "compare",
    "estimate",
    "plan",
    "facets",
    "listing",
    "bulk",
    "slices",
    "map",
    "words",
    "cards",
    "dialogs",
    "keys",
    "main",
)
# Characters that are special in HTML or old JavaScript; in JSON they can be escaped.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_HELD = (
    *("title", "facts", "classes", "labels", "noise", "worklist", "facets", "map", "words"),
    "review",
)


def render_html(summary: Summary) -> str:
    """Render a summary as one HTML page.

    Parameters
    ----------
    summary : mapping
        As returned by `summarize`.

    Returns
    -------
    str
        HTML with its style, script and data inside. A content security policy
        allows only that script and that style, and no requests.
    """
    style, script = _style(), _script()
    data = {name: summary[name] for name in _HELD}
    data["noise"] = {"errors": summary["noise"]["errors"]}
    data["spreadsheet"] = {"formula": FORMULA, "number": NUMBER}
    return (
        template_environment()
        .get_template("report.html.j2")
        .render(
            report=summary,
            data=embed_json(data),
            style=Markup(style),
            script=Markup(script),
            policy=_policy(style, script),
        )
    )


def embed_json(value: object) -> Markup:
    r"""Write a value as JSON that can stand inside a script element.

    Parameters
    ----------
    value : object
        Dicts, lists, texts, finite numbers, truth values and None.

    Returns
    -------
    Markup

    Examples
    --------
    >>> print(embed_json("</script>"))
    "\u003c/script\u003e"
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_UNSAFE))


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def static_policy(style: str) -> str:
    """Return the content security policy of a page that only has a style."""
    return f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def template_environment() -> Environment:
    """Return what renders templates: values are escaped, and unknown ones are errors."""
    environment = Environment(
        loader=PackageLoader("keraswrap.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "count": _count, "signed": _signed, "heat": _heat}
    environment.filters["counted"] = counted
    return environment


@cache
def _style() -> str:
    return read_template("report.css") + read_template("tools.css")


@cache
def _script() -> str:
    parts = "\n".join(read_template(f"{name}.js") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def read_template(name: str) -> str:
    """Return a template, style or script as it is in its file."""
    return (files("keraswrap.report") / "templates" / name).read_text(encoding="utf-8")


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}%"


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _signed(number: float) -> str:
    return f"{number:+.4f}".replace("-", "−")


def _heat(value: float, largest: float) -> int:
    """Return a step of the color scale, 0 to 8; any value above 0 is visible."""
    return 0 if value <= 0 or largest <= 0 else max(1, round(8 * (value / largest) ** 0.5))
