"""What a fit may be given, as rows that can be indexed.

One value type, `Rows`: named columns of equal length, sliced by row and only
made dense, cast and batched at the last moment. Whatever a user brings enters
through `as_rows` and nowhere else.
"""

from keraswrap._data.checks import as_text, check_numbers, is_text
from keraswrap._data.columns import LazyColumn
from keraswrap._data.feeds import Feed, InputSpec, plan_feed
from keraswrap._data.inputs import as_fitted, as_inputs
from keraswrap._data.matching import align, check_order, index_of
from keraswrap._data.opening import open_rows, row_view, unpack, without_label
from keraswrap._data.reading import as_rows, refuse_streams
from keraswrap._data.rows import LONE, Rows
from keraswrap._data.streams import kind_of
from keraswrap._data.views import RowData, RowView

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
    "open_rows",
    "plan_feed",
    "refuse_streams",
    "row_view",
    "unpack",
    "without_label",
]
