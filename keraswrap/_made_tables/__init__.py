"""Tables that are drawn at random from a description, and are marked as such."""

from keraswrap._made_tables.column import SyntheticColumn
from keraswrap._made_tables.table import make_synthetic_purchases, make_synthetic_table

__all__ = ["SyntheticColumn", "make_synthetic_purchases", "make_synthetic_table"]
