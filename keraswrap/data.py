"""Data of any kind as rows that can be indexed: datasets, streams, several inputs.

The wrappers take datasets as they are. `row_view` is for what slices rows
itself, cross-validation, searches and cleanlab, and for every choice that a
dataset leaves open.
"""

from keraswrap._data.ingest import row_view
from keraswrap._data.row_data import RowData, RowView

__all__ = ["RowData", "RowView", "row_view"]
