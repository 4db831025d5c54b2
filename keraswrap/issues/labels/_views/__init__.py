"""Look at the same rows in several views, each with fits of its own, and weigh them together."""

from keraswrap.issues.labels._views._ready_made import make_views
from keraswrap.issues.labels._views._resolve import check_views
from keraswrap.issues.labels._views._view import View

__all__ = ["View", "check_views", "make_views"]
