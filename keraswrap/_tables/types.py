"""What the modules of this room hand each other."""

import os
from typing import Any, TypeAlias

PathLike: TypeAlias = str | os.PathLike[str]
# A row of a table by column, with the values of the file.
Row: TypeAlias = dict[str, Any]
