"""What a fit may be given, as rows that can be indexed.

One value type, `Rows`: named columns of equal length, sliced by row and only
made dense, cast and batched at the last moment. Whatever a user brings enters
through `as_rows` and nowhere else.
"""

import sys

from keraswrap._data.dataset_batches import kind_of
from keraswrap._data.in_memory_rows import as_rows, refuse_streams
from keraswrap._data.index_alignment import align, check_order, index_of
from keraswrap._data.ingest import open_data, open_rows, row_view, unpack, without_label
from keraswrap._data.lazy_column import LazyColumn
from keraswrap._data.net_inputs import Feed, InputSpec, plan_feed
from keraswrap._data.positional_inputs import as_fitted, as_inputs
from keraswrap._data.row_data import RowData, RowView
from keraswrap._data.rows import LONE, Rows
from keraswrap._data.value_checks import as_text, check_numbers, is_text

__all__ = [
    "LONE",
    "Feed",
    "InputSpec",
    "LazyColumn",
    "RowData",
    "RowView",
    "Rows",
    "align",
    "as_fitted",
    "as_inputs",
    "as_rows",
    "as_text",
    "check_numbers",
    "check_order",
    "index_of",
    "is_text",
    "kind_of",
    "open_data",
    "open_rows",
    "plan_feed",
    "refuse_streams",
    "row_view",
    "unpack",
    "without_label",
]

# Pickles of 0.1 name their classes by these modules. May go in 0.3.
for _old, _new in {
    "columns": "lazy_column",
    "files": "arrow_file",
    "located": "hub_file_offsets",
    "pieces": "byte_ranges",
    "tables": "hub_dataset",
    "views": "row_data",
}.items():
    sys.modules[f"{__name__}.{_old}"] = sys.modules[f"{__name__}.{_new}"]
