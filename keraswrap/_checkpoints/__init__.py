"""Find, download and read checkpoints; keep what is loaded. Shared by text and llm."""
