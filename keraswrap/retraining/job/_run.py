"""Run the steps of a job: nothing twice, and on from where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keraswrap._settings import near
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.retraining.job import _making as making
from keraswrap.retraining.job import _operating as operating
from keraswrap.retraining.job._context import Context, Step
from keraswrap.retraining.job._read import Job
from keraswrap.retraining.job._ready import check_address
from keraswrap.retraining.job._state import Record, State, exclusive

__all__ = ["STEPS", "StepResult", "run_job"]

_TRAIN, _HELD_OUT, _KEPT = "data/train.jsonl", "data/held_out.jsonl", "issues/kept.jsonl"
# What each one needs, which files it reads, and which sections of the job file.
STEPS: tuple[Step, ...] = (
    Step("data", making.check_data, (), (), ("data", "model", "search"), making.data_inputs),
    Step("issues", making.find_issues, ("data",), (_TRAIN,), ("issues",)),
    Step("search", making.search, ("data", "issues"), (_KEPT, _HELD_OUT),
         ("model", "search", "abstain")),
    Step("register", making.register_model, ("data", "search"), (_HELD_OUT, "search/"),
         ("register", "retrain"), None, making.is_registered),
    Step("monitor", operating.fit_monitor, ("data", "register"), (_HELD_OUT,), ("monitor",),
         operating.champion_inputs),
    Step("serve", operating.serve, ("register",), (), ("serve",), operating.champion_inputs),
    Step("watch", operating.watch, ("data", "monitor"), (_TRAIN, "monitor/"), ("data",),
         operating.new_inputs),
    Step("retrain", operating.retrain, ("data", "issues", "search", "monitor"),
         (_TRAIN, _KEPT, _HELD_OUT, "search/search.json", "monitor/"), ("data", "retrain"),
         operating.retrain_inputs),
)  # fmt: skip
_BY_NAME = {step.name: step for step in STEPS}


@dataclass(frozen=True)
class StepResult:
    """What became of one step.

    Parameters
    ----------
    step : str
    status : {"done", "unchanged", "nothing", "labels_needed"}
        "unchanged" if nothing it depends on has changed since it was done; "nothing" if
        there was nothing to do it with, such as new rows.
    facts : dict
        Values that JSON holds.
    files : tuple of str
        What it wrote.
    seconds : float
    """

    step: str
    status: str
    facts: Mapping[str, object] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_dict(self) -> dict[str, object]:
        """Return it as values that JSON holds.

        Returns
        -------
        dict
        """
        return {**vars(self), "files": list(self.files), "facts": dict(self.facts)}


def run_job(
    job: Job,
    steps: Sequence[str] | None = None,
    *,
    wait_ready: str | None = None,
    tell: Callable[[StepResult], object] | None = None,
    begin: Callable[[str], object] | None = None,
) -> list[StepResult]:
    r"""Run the steps of a job, each only if something that it depends on has changed.

    A step that is interrupted is done again; those before it are not. Only one process at a
    time may run a job.

    Parameters
    ----------
    job : Job
        As from `read_job`.
    steps : sequence of str, optional
        Some of "data", "issues", "search", "register", "monitor", "serve", "watch" and
        "retrain", all of them by default. They run in this order.
    wait_ready : str, optional
        Address of a server that the step "serve" waits for, until it is ready with the
        model in use.
    tell : callable, optional
        Called with each result.
    begin : callable, optional
        Called with the name of each step before it runs.

    Returns
    -------
    list of StepResult
        If the model in use is replaced, the step "monitor" runs again for the new one.

    Raises
    ------
    BusyError
        If another process runs the job.
    InputError
        If a table, a label or an answer cannot be used, or a step is missing before.
    ParameterError
        If a step or a parameter is unknown.
    StorageError
        If something cannot be written.
    EndpointError
        If the server is not ready in time.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from keraswrap.retraining import read_job, run_job
    >>> rows = "".join(f"{n},{n % 7},{'odd' if n % 2 else 'even'}\n" for n in range(300))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "rows.csv").write_text("a,b,label\n" + rows)
    ...     text = "[job]\nname = 'parity'\n[data]\ntrain = 'rows.csv'\ncolumns = ['a', 'b']\n"
    ...     _ = Path(folder, "job.toml").write_text(text)
    ...     job = read_job(Path(folder, "job.toml"))
    ...     [run_job(job, ["data"])[0].status for _ in range(2)]
    ['done', 'unchanged']
    """
    chosen = _choose(steps)
    if wait_ready is not None:
        wait_ready = check_address(wait_ready)
    with exclusive(job.state):
        context = Context(job, State(job.state), wait_ready)
        results: list[StepResult] = []
        for step in chosen:
            results.append(_run(step, context, tell, begin))
        if (
            results
            and results[-1].step == "retrain"
            and results[-1].facts.get("action") == "replaced"
        ):
            results.append(_run(_BY_NAME["monitor"], context, tell, begin))
        return results


def _choose(steps: Sequence[str] | None) -> list[Step]:
    unknown = [name for name in steps or () if name not in _BY_NAME]
    if unknown:
        raise ParameterError(
            f"Expected steps among {list(_BY_NAME)}, got {unknown[0]!r:.60}. "
            f"{near(unknown[0], _BY_NAME)}"
        )
    return [step for step in STEPS if not steps or step.name in steps]


def _run(
    step: Step,
    context: Context,
    tell: Callable[[StepResult], object] | None,
    begin: Callable[[str], object] | None,
) -> StepResult:
    if begin is not None:
        begin(step.name)
    result = _do(step, context)
    if tell is not None:
        tell(result)
    return result


def _do(step: Step, context: Context) -> StepResult:
    started, state = time.perf_counter(), context.state
    missing = [name for name in step.needs if state.read(name) is None]
    if missing:
        raise InputError(
            f"Expected the step {missing[0]!r} to be done before {step.name!r}, got none in "
            f"{str(state.folder)!r}. Run it first, or all steps."
        )
    fingerprint, known = step.fingerprint(context), state.read(step.name)
    waits = step.name == "serve" and context.wait_ready is not None
    same = known is not None and known.fingerprint == fingerprint and state.is_whole(known)
    if known is not None and same and not waits and (step.intact is None or step.intact(context)):
        return _told(known, context, started, again=True)
    outcome = step.run(context)
    record = state.write(step.name, fingerprint, outcome.status, outcome.facts, outcome.files)
    return _told(record, context, started)


def _told(record: Record, context: Context, started: float, again: bool = False) -> StepResult:
    files = tuple(str(context.state.folder / name) for name in record.files)
    seconds = round(time.perf_counter() - started, 3)
    found = StepResult(record.step, record.status, record.facts, files, seconds)
    return replace(found, status="unchanged") if again and record.status == "done" else found
