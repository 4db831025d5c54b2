"""The main job: from raw reviews to a tuned, cleaned classifier."""

from keraswrap.demo.job import run_demo
from keraswrap.demo.report import format_report
from keraswrap.demo.results import DemoResult
from keraswrap.demo.settings import DemoSettings

__all__ = ["DemoResult", "DemoSettings", "format_report", "run_demo"]
