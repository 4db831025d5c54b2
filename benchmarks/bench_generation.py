"""Measure the texts of a local language model: speed, repeatability, and forms.

SmolLM2-135M-Instruct writes through keras-hub and, if PyTorch is installed, through
transformers: how long a token takes without and with a schema, how many texts differ if
prompts are asked one by one or in another order, and how many of a thousand answers
under a schema are whole and parse.
"""

from __future__ import annotations

import importlib.util
import sys

import harness
from common import HERE
from harness import Job, median

RESULTS = HERE / "generation.json"
MARKS = "<!-- generation: figures from benchmarks/generation.json -->\n", "<!-- end generation -->"
SIZES = {"rows": 16, "tokens": 40, "alike": 56, "alike_tokens": 20, "tries": 1000, "rounds": 2}
QUICK = {"rows": 2, "tokens": 4, "alike": 4, "alike_tokens": 3, "tries": 4, "rounds": 1}
SIDES = {"ours": "keras-hub", "torch": "transformers"}
TEMPERATURES = (0.0, 0.8)


def plan(sizes, done):
    sides = [side for side in SIDES if side == "ours" or importlib.util.find_spec("torch")]
    for side in sides:
        tries = {"what": "forms", "tries": sizes["tries"], "tokens": sizes["tokens"]}
        yield Job("generation", tries, side)
        for turn in range(sizes["rounds"]):
            for form in ("none", "string"):
                task = {"what": "speed", "rows": sizes["rows"], "tokens": sizes["tokens"]}
                yield Job("generation", {**task, "form": form}, side, round=turn)
        for dtype, checked in (("float32", True), ("float32", False), ("bfloat16", False)):
            for temperature in TEMPERATURES:
                task = {"what": "company", "rows": sizes["alike"], "tokens": sizes["alike_tokens"]}
                task |= {"temperature": temperature, "checked": checked, "dtype": dtype}
                yield Job("generation", task, side)


HEADS = {
    "speed": ["CPU ms a token", "with a schema", "a mask, ms", "compiling, ms", "vocabulary, s"],
    "company": ["precision", "temperature", "decided alone", "one by one", "other order", "logits"],
    "forms": ["answers under a schema", "whole", "of these valid", "different"],
}


def table(results):
    """Format speed, repeatability and forms as Markdown tables."""
    parts = []
    for what, heads in HEADS.items():
        rows = [
            f"| {' | '.join([SIDES[side], *map(str, row)])} |"
            for side in SIDES
            for row in ROWS[what](results, side)
        ]
        parts += [f"| {' | '.join(['', *heads])} |", "|---" * (len(heads) + 1) + "|", *rows, ""]
    return "\n".join([*parts, harness.where(results)]) + "\n"


def speeds(results, side):
    """Yield one row, if both kinds were measured."""
    about = {"side": side, "what": "speed"}
    free, bound = (per_token(results, form=form, **about) for form in ("none", "string"))
    keys = ("mask_ms", "seconds.compile", "seconds.vocabulary")
    if free and bound:
        mask, build, read = (median(results, key, form="string", **about) for key in keys)
        times = (f"{free:.0f}", f"{bound:.0f}", f"{mask:.2f}", f"{1000 * build:.0f}", f"{read:.1f}")
        yield times


def companies(results, side):
    """Yield how many texts differ, by precision and temperature."""
    for entry in entries(results, side=side, what="company"):
        what = entry["what"]
        alone = f"{entry['alone']} of {entry['tokens']}" if what["checked"] else "not checked"
        differ = [f"{entry[f'differ_{k}']} of {what['rows']}" for k in ("single", "order")]
        yield what["dtype"], what["temperature"], alone, *differ, f"{entry['noise']:.0e}"


def forms(results, side):
    """Yield how many answers are whole, and valid."""
    for entry in entries(results, side=side, what="forms"):
        yield entry["what"]["tries"], entry["whole"], entry["valid"], entry["texts"]


ROWS = {"speed": speeds, "company": companies, "forms": forms}


def entries(results, **what):
    """Return the measurements of some jobs."""
    return [each for each in results["measurements"] if what.items() <= each["what"].items()]


def per_token(results, **what):
    """Return the median milliseconds of CPU time of a token."""
    done = entries(results, **what)
    found = [1000 * entry["seconds"]["work_cpu"] / entry["tokens"] for entry in done]
    return sorted(found)[len(found) // 2] if found else None


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
