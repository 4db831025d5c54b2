"""What a fit may be given, as rows that can be indexed.

One value type, `Rows`: named columns of equal length, sliced by row and only
made dense, cast and batched at the last moment. Whatever a user brings enters
through `as_rows` and nowhere else.
"""

from keraswrap._data.dataset_batches import kind_of
from keraswrap._data.in_memory_rows import as_rows
from keraswrap._data.index_alignment import align, check_order
from keraswrap._data.ingest import open_data, open_rows, row_view, unpack, without_label
from keraswrap._data.lazy_column import LazyColumn
from keraswrap._data.net_inputs import Feed, InputSpec, as_fitted, as_inputs, plan_feed
from keraswrap._data.row_data import LONE, Column, RowData, Rows, RowView
from keraswrap._data.value_checks import as_text, is_text, items_of

__all__ = [
    "LONE",
    "Column",
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
    "check_order",
    "is_text",
    "items_of",
    "kind_of",
    "open_data",
    "open_rows",
    "plan_feed",
    "row_view",
    "unpack",
    "without_label",
]
