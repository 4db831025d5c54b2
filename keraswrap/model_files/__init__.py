"""Fitted estimators in files of one kind, whatever their class."""

from keraswrap.model_files._info import FileInfo, read_file_info
from keraswrap.model_files._load import load_estimator
from keraswrap.model_files._save import save_estimator

__all__ = ["FileInfo", "load_estimator", "read_file_info", "save_estimator"]
