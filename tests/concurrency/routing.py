"""The router of a host that reads from a standby."""

from typing import Any


class ToStandby:
    """Reads from ``replica``, which may be late, and writes to ``default``."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True
