"""The whole cycle of a model as one file that a scheduler can call."""

from keraswrap.retraining.job._read import Job, read_job
from keraswrap.retraining.job._run import STEPS, StepResult, run_job

__all__ = ["STEPS", "Job", "StepResult", "read_job", "run_job"]
