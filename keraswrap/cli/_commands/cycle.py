"""``keraswrap cycle``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from keraswrap.cli._cycle_options import BUSY, FAILED, LABELS_NEEDED
from keraswrap.cli._option_names import in_options
from keraswrap.cli._output import say
from keraswrap.exceptions import (
    BusyError,
    InputError,
    InputTypeError,
    KeraswrapError,
    MissingExtraError,
)

if TYPE_CHECKING:
    from keraswrap.retraining import StepResult

_STATUS = {2: "bad_input", BUSY: "busy", FAILED: "failed"}


class _Told:
    """Prints results, and remembers which step is running."""

    def __init__(self, as_json: bool) -> None:
        self.as_json, self.step = as_json, ""

    def begin(self, step: str) -> None:
        self.step = step

    def tell(self, result: StepResult) -> None:
        if self.as_json:
            self.show(result.to_dict())
        else:
            print(describe(result), flush=True)

    def show(self, told: Mapping[str, object]) -> None:
        print(json.dumps(told, ensure_ascii=False), flush=True)

    def fail(self, error: Exception, code: int) -> int:
        message = in_options(str(error), "cycle")
        if self.as_json:
            self.show({"step": self.step, "status": _STATUS[code], "error": message})
        where = f" in the step {self.step}" if self.step else ""
        print(f"error{where}: {message}", file=sys.stderr)
        return code


def run(options: argparse.Namespace) -> int:
    """Run the steps of a job; return the exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from keraswrap.retraining import read_job, run_job

    told = _Told(options.json)
    try:
        job = read_job(options.job)
        steps, ready = options.steps or None, options.wait_ready
        done = run_job(job, steps, wait_ready=ready, tell=told.tell, begin=told.begin)
    except BusyError as error:
        return told.fail(error, BUSY)
    except (InputError, InputTypeError, MissingExtraError) as error:
        return told.fail(error, 2)
    except BrokenPipeError:
        raise
    except (KeraswrapError, OSError) as error:
        return told.fail(error, FAILED)
    except Exception as error:  # of Keras or scikit-learn: a scheduler wants a code
        say(f"{type(error).__name__} from outside keraswrap; the state is as before this step.")
        return told.fail(error, FAILED)
    return LABELS_NEEDED if any(one.status == "labels_needed" for one in done) else 0


def describe(result: StepResult) -> str:
    """Return what became of a step, for people.

    Examples
    --------
    >>> from keraswrap.retraining import StepResult
    >>> print(describe(StepResult("data", "done", {"rows": 100}, ("state/data/train.jsonl",), 1.5)))
    data: done in 1.5 s
      rows: 100
      state/data/train.jsonl
    """
    lines = [f"{result.step}: {result.status.replace('_', ' ')} in {result.seconds:.1f} s"]
    if result.status in ("done", "labels_needed"):
        lines += [f"  {name}: {_short(value)}" for name, value in result.facts.items()
                  if value is not None and name not in ("files", "sha256")]  # fmt: skip
        listed = result.facts.get("files", [])
        files = [*result.files, *(listed if isinstance(listed, list) else [])]
        lines += [f"  {path}" for path in files]
    return "\n".join(lines)


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_short(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " ".join(_short(each) for each in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
