"""Tables in files: CSV, TSV, JSON lines, Parquet, and Hugging Face's data sets.

Files come from elsewhere. What cannot be read is refused with the line
that it stands in; what is written is whole or not there at all.
"""

from keraswrap._tables.cells import labels_of, plain, text_of, texts_of
from keraswrap._tables.coded import CodedLabels, LabelCoder
from keraswrap._tables.columns import check_columns
from keraswrap._tables.delimited import read_records
from keraswrap._tables.exports import Export, find_unfold, is_export, read_export
from keraswrap._tables.hub import read_hub
from keraswrap._tables.lines import read_lines
from keraswrap._tables.objects import frame_of_objects
from keraswrap._tables.parquet import parquet_parts
from keraswrap._tables.parts import can_be_parted, table_parts, with_columns
from keraswrap._tables.read import check_file, kind_of_file, read_table
from keraswrap._tables.stream import Stream
from keraswrap._tables.write import (
    FrameLines,
    check_new,
    new_file,
    part_writer,
    row_writer,
    write_table,
)

__all__ = [
    "CodedLabels",
    "Export",
    "FrameLines",
    "LabelCoder",
    "Stream",
    "can_be_parted",
    "check_columns",
    "check_file",
    "check_new",
    "find_unfold",
    "frame_of_objects",
    "is_export",
    "kind_of_file",
    "labels_of",
    "new_file",
    "parquet_parts",
    "part_writer",
    "plain",
    "read_export",
    "read_hub",
    "read_lines",
    "read_records",
    "read_table",
    "row_writer",
    "table_parts",
    "text_of",
    "texts_of",
    "with_columns",
    "write_table",
]
