"""Train nets of one shape together: as one program over a leading axis of members."""

from keraswrap._engine.stacks._training import Member, train_stacked
from keraswrap._engine.stacks._why_alone import why_alone

__all__ = ["Member", "train_stacked", "why_alone"]
