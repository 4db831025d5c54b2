"""What the modules of this room hand each other."""

from collections.abc import Mapping
from typing import Any, TypeAlias

# The content of a report, as JSON-compatible values.
Summary: TypeAlias = Mapping[str, Any]
