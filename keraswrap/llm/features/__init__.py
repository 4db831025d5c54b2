"""Answers of a language model as columns of numbers."""
