"""Turn a column of texts into other texts, or into fields."""
