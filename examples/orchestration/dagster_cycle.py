"""The cycle of a model as a Dagster job: one op for each step of a job file, on a schedule.

    python dagster_cycle.py reviews.toml    # once, in this process
    dagster dev -f dagster_cycle.py         # on a schedule; KERASWRAP_JOB names the file

Dagster has an environment of its own: keraswrap is called as a command, and need not be
installed beside it. KERASWRAP names that command where it is not on the path.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile

import dagster as dg

STEPS = ("data", "issues", "search", "register", "monitor", "serve", "watch", "retrain")
# Exit codes of `keraswrap cycle`.
DONE, BAD_INPUT, FAILED, LABELS_NEEDED, BUSY = 0, 2, 3, 4, 5


def run_step(step):
    """Run one step, and return its exit code and the JSON objects that it printed."""
    command = shlex.split(os.environ.get("KERASWRAP", "keraswrap"))
    command += ["cycle", os.environ["KERASWRAP_JOB"], step, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def make_op(step):
    """Make the op of a step, which fails if the step does, and is tried again if that may help."""

    @dg.op(
        name=step,
        ins={"before": dg.In(dg.Nothing)},
        out=dg.Out(dict),
        retry_policy=dg.RetryPolicy(max_retries=1, delay=1),
    )
    def op(context):
        code, told = run_step(step)
        for one in told:
            context.log.info(f"{one['step']}: {one['status']}")
        if code in (DONE, LABELS_NEEDED):
            facts = {"status": told[0]["status"], **told[0]["facts"]}
            kept = {k: v for k, v in facts.items() if isinstance(v, str | int | float | bool)}
            context.add_output_metadata(kept)
            return facts
        reason = told[-1].get("error", "no reason was given") if told else "nothing was printed"
        raise dg.Failure(reason, allow_retries=code in (FAILED, BUSY))

    return op


@dg.job(executor_def=dg.in_process_executor)
def cycle():
    """All steps, each after the one before."""
    before = None
    for step in STEPS:
        op = make_op(step)
        before = op() if before is None else op(before)


every_morning = dg.ScheduleDefinition(job=cycle, cron_schedule="0 6 * * *")
defs = dg.Definitions(jobs=[cycle], schedules=[every_morning])


def main(job_file):
    """Run the job once and print each step's status, as JSON."""
    os.environ["KERASWRAP_JOB"] = os.path.abspath(job_file)
    # Dagster sends usage statistics unless it is told not to.
    quiet = {"telemetry": {"enabled": False}}
    with (
        tempfile.TemporaryDirectory() as folder,
        dg.DagsterInstance.local_temp(folder, overrides=quiet) as instance,
    ):
        done = cycle.execute_in_process(instance=instance, raise_on_error=False)
        told = {step: done.output_for_node(step) for step in STEPS if succeeded(done, step)}
    print(json.dumps({step: facts["status"] for step, facts in told.items()}))
    return 0 if done.success else 1


def succeeded(done, step):
    """Return whether a step's op ended well."""
    return any(event.is_step_success and event.step_key == step for event in done.all_events)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
