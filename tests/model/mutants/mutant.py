"""A seeded fault."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault: in the file ``path`` of the core, ``old`` is replaced by ``new``; ``only`` names the database."""

    fault: str
    path: str
    old: str
    new: str
    only: str | None = None

    def apply(self, core: Path) -> None:
        """Make the fault in the copy of the core in this folder."""
        path = core / self.path
        source = path.read_text()
        if source.count(self.old) != 1:
            raise LookupError(f"{self.path} has {source.count(self.old)} places for the fault {self.fault!r}, not one.")
        path.write_text(source.replace(self.old, self.new))
