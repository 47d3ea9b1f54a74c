"""How explanations of what resolves are shown."""

from typing import Any

from plugin_system.services import Explanation

# Goes into the entity tags: another number when the same state is shown otherwise.
FORMAT = 1


def choice_data(explanation: Explanation) -> dict[str, Any]:
    """Return what :class:`ChoiceSerializer` shows; ``selected`` is left out where there is nothing."""
    data = {
        "plugin_type": explanation.plugin_type,
        "revision": explanation.plugin_type.chain_revision,
        "reason": explanation.reason,
    }
    return data if explanation.selected is None else {**data, "selected": explanation.selected}


def resolution_data(explanation: Explanation) -> dict[str, Any]:
    """Return what :class:`ResolutionSerializer` shows."""
    return {**choice_data(explanation), "candidates": explanation.candidates}
