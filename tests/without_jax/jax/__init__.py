"""Stands before JAX in processes that tests start; see conftest."""

raise ImportError("Expected a process without JAX: tests of JAX take this folder off PYTHONPATH.")
