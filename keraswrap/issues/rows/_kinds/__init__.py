"""The kinds of row issues."""
