"""Claims -> receipts: every experiment is run on seeds that nobody has looked at, and where its claims must fail."""

from tutor.verifying.command import Options, verify
from tutor.verifying.state import State, state_of

__all__ = ["Options", "State", "state_of", "verify"]
