"""Checkpoints: found, fetched, read and kept, whoever computes with them."""
