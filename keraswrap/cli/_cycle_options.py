"""The command ``keraswrap cycle`` and its options. Loads nothing but argparse."""

from __future__ import annotations

from keraswrap.cli._options import Commands

# Exit codes beside those of every command.
FAILED, LABELS_NEEDED, BUSY = 3, 4, 5
_CODES = (
    "Exit codes: 0 done, or nothing to do; 2 the job file, a table, a label or an option cannot be "
    f"used; {FAILED} a step failed; {LABELS_NEEDED} people's labels are needed; {BUSY} another "
    "process runs the job; 130 Ctrl-C; 141 output was closed."
)
_STEPS = "data, issues, search, register, monitor, serve, watch, retrain"


def add_cycle(commands: Commands) -> None:
    """Add ``keraswrap cycle``."""
    parser = commands.add_parser(
        "cycle",
        help="run the whole cycle of a model from a job file: data to retraining",
        description="Run the steps of a job file, each only if something that it depends on has "
        f"changed: {_STEPS}. For cron or any other scheduler: killed, it goes on where it was; two "
        "at once do not disturb each other.",
        epilog=_CODES,
    )
    add = parser.add_argument
    add("job", metavar="JOB", help="a job file in TOML; its paths count from its folder")
    add("steps", metavar="STEP", nargs="*", help=f"only these: {_STEPS}")
    add("--json", action="store_true", help="print a JSON object for each step on standard output")
    add("--wait-ready", metavar="URL", help="let the step serve wait until the server at this "
        "address is ready with the model in use")  # fmt: skip
