"""``keraswrap demo``."""

from __future__ import annotations

import argparse
from dataclasses import fields


def run(options: argparse.Namespace) -> None:
    """Run the main job, and print its report."""
    from keraswrap.cli._quiet import load_keras
    from keraswrap.demo import DemoSettings, format_report, run_demo

    known = {field.name for field in fields(DemoSettings)}
    settings = DemoSettings(**{k: v for k, v in vars(options).items() if k in known})
    load_keras()
    print("\n" + format_report(run_demo(settings)))
