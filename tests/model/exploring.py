"""Running the machine."""

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS
from hypothesis.stateful import run_state_machine_as_test

from tests.model.ground import Ground
from tests.model.machine import ControlPlane

STEPS = 30
# Hypothesis' own provider under another name: under its own, five of six examples are variations of the one before,
# which find less than new ones do.
AVAILABLE_PROVIDERS["afresh"] = AVAILABLE_PROVIDERS["hypothesis"]


def explore(ground: Ground, *, examples: int, number: int, shrinks: bool = True) -> None:
    """
    Run that many examples, of thirty steps each, and raise what the first that fails has found.

    They are made from the seed ``number`` alone: every run with it is the same.
    """
    run_state_machine_as_test(
        seed(number)(lambda: ControlPlane(ground)),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            backend="afresh",
            phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
            report_multiple_bugs=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
