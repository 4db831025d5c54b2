"""Run the main job: from raw reviews to a tuned classifier, trained on cleaned labels."""

from keraswrap.demo._job import run_demo
from keraswrap.demo._result import DemoResult
from keraswrap.demo._settings import DemoSettings
from keraswrap.demo._text import format_report

__all__ = ["DemoResult", "DemoSettings", "format_report", "run_demo"]
