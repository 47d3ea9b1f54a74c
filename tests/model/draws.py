"""What examples are drawn from: few names and few values, so that acts meet."""

from hypothesis import strategies as st

from plugin_system.choices import PluginStatus
from tests.model.release import GHOST, ITEMS, TYPES
from tests.processes.databases import KIND

sessions = st.integers(0, 3)
processes = st.integers(0, 2)
# Two sessions, one of which comes between the statements of the other; often the threads of one process.
pairs = st.sampled_from([(0, 1), (1, 0)]) | st.permutations(range(4)).map(lambda numbers: tuple(numbers[:2]))
keys = st.sampled_from([*ITEMS, *ITEMS, GHOST])
type_keys = st.sampled_from(TYPES)
any_keys = st.sampled_from([*ITEMS, *TYPES, GHOST])
statuses = st.sampled_from(PluginStatus.values)
priorities = st.sampled_from([10, 20, 0, 32767, -32768])
descriptions = st.sampled_from(["", "other"])
values = st.fixed_dictionaries({}, optional={"status": statuses, "priority": priorities, "description": descriptions})
some_values = values.filter(bool)
# Seldom true, so that most acts do something.
seldom = st.sampled_from([False] * 7 + [True])
ages = st.sampled_from([0, 1, 60])
sync_options = st.fixed_dictionaries(
    {"mode": st.sampled_from(["create", "update"]), "prune": st.booleans(), "prune_missing": seldom}
)
# After which of the statements that a resolve sends something else happens.
interruptions = st.integers(1, 2) if KIND == "sqlite" else st.sampled_from([1, 1, 1, 2, 3, 4, 5])
