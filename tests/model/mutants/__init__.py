"""
Seeded faults, each a small edit of the core, that the machine must find.

An edit that no longer fits the source fails a test: a fault that cannot be made is not looked for.
"""

from tests.model.mutants.following import FOLLOWING
from tests.model.mutants.mutant import ROOT, Mutant
from tests.model.mutants.syncing import SYNCING
from tests.model.mutants.writing import WRITING

MUTANTS = [*WRITING, *SYNCING, *FOLLOWING]

__all__ = ["MUTANTS", "ROOT", "Mutant"]
