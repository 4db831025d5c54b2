"""Datasets, streams and several inputs as rows that can be indexed.

The wrappers take datasets directly. `row_view` is for tools that slice rows, such as
cross-validation, searches and cleanlab, and for choices that a dataset leaves open.
"""

from keraswrap._data.ingest import row_view
from keraswrap._data.row_data import RowData, RowView
from keraswrap._target_view import TargetView

__all__ = ["RowData", "RowView", "TargetView", "row_view"]
