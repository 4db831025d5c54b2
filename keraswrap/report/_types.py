"""Define the types that the modules of this package pass to each other."""

from collections.abc import Mapping
from typing import Any, TypeAlias

# The content of a report, as JSON-compatible values.
Summary: TypeAlias = Mapping[str, Any]
