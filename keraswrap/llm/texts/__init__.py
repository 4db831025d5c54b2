"""Texts of a column to other texts, and to fields."""
