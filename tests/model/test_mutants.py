"""The seeded faults can be made: the gate would not look for one that cannot."""

import ast
import shutil
from pathlib import Path

import pytest

from tests.model.mutants import MUTANTS, ROOT, Mutant


class TestMutant:
    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.fault)
    def test_fits_the_source(self, mutant: Mutant, tmp_path: Path) -> None:
        copy = tmp_path / mutant.path
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "plugin_system" / mutant.path, copy)
        mutant.apply(tmp_path)
        ast.parse(copy.read_text())

    def test_has_a_name_of_its_own(self) -> None:
        assert len({mutant.fault for mutant in MUTANTS}) == len(MUTANTS)
