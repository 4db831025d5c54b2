"""A page to write to a router, and the server for it."""
