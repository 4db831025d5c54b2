"""The whole cycle of a model as one file that a scheduler can call."""

from keraswrap.retraining.job._read import Job, read_job

__all__ = ["Job", "read_job"]
