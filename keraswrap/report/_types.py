"""What the modules of this room hand each other."""

from collections.abc import Mapping
from typing import Any, TypeAlias

# What a report says, as JSON can hold it.
Summary: TypeAlias = Mapping[str, Any]
