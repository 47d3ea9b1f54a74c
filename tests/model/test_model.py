"""Random interleavings of all that can happen to the control plane, held against a plain model of it."""

import pytest

from tests.model.exploring import explore
from tests.model.ground import Ground
from tests.processes.databases import KIND

# Examples of the run that belongs to every run of the suite, and of each of the long ones.
FEW = {"sqlite": 40, "postgresql": 15, "mariadb": 15}[KIND]
MANY = {"sqlite": 500, "postgresql": 200, "mariadb": 200}[KIND]


class TestControlPlane:
    def test_is_what_the_model_says_after_every_step(self, ground: Ground) -> None:
        explore(ground, examples=FEW, number=0)

    @pytest.mark.model
    @pytest.mark.parametrize("number", range(1, 5))
    def test_is_so_in_many_more_examples(self, ground: Ground, number: int) -> None:
        explore(ground, examples=MANY, number=number)
