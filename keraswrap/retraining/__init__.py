"""A model in use, trained again where new rows call for it, and replaced where that helps."""

from keraswrap.retraining._paired_test import PairedTest
from keraswrap.retraining._questions import Answers, read_answers, write_questions
from keraswrap.retraining._result import Retraining
from keraswrap.retraining._retrain import retrain_if
from keraswrap.retraining._roll_back import roll_back
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.retraining._wanted import Wanted
from keraswrap.retraining.job import Job, StepResult, read_job, run_job

__all__ = [
    "Answers",
    "Job",
    "PairedTest",
    "Retraining",
    "RetrainingSettings",
    "StepResult",
    "Wanted",
    "read_answers",
    "read_job",
    "retrain_if",
    "roll_back",
    "run_job",
    "write_questions",
]
