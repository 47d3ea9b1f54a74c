from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plugin_system.choices import PluginStatus, Verdict
from plugin_system.selection import Obstacle, choose, explain, in_order, is_eligible

ACTIVE, RESERVED, DISABLED = PluginStatus.ACTIVE.value, PluginStatus.RESERVED.value, PluginStatus.DISABLED.value


class Row(NamedTuple):
    name: str
    status: str = ACTIVE
    priority: int = 0
    module: str = "apps.m"


small = st.sampled_from("abc")
rows = st.lists(
    st.builds(Row, small, st.sampled_from(PluginStatus.values), st.integers(-2, 2), small), unique_by=lambda r: r[::3]
)
loadable = st.sets(st.tuples(small, small))
quick = hypothesis_settings(deadline=None, max_examples=100, database=None)


def everything(row: Any) -> bool:
    return True


class TestChoose:
    def test_takes_the_active_item_of_lowest_priority(self) -> None:
        best = Row("b", priority=-5)

        assert choose([Row("a", priority=5), best, Row("c", priority=0)], everything) is best

    def test_prefers_any_active_item_to_every_reserve(self) -> None:
        active = Row("a", priority=100)

        assert choose([Row("b", RESERVED, -100), active], everything) is active

    def test_takes_the_reserve_of_lowest_priority_where_nothing_is_active(self) -> None:
        best = Row("b", RESERVED, 1)

        assert choose([Row("a", RESERVED, 2), best, Row("c", DISABLED, 0)], everything) is best

    def test_never_takes_a_disabled_item(self) -> None:
        assert choose([Row("a", DISABLED)], everything) is None

    def test_never_takes_a_status_it_does_not_know(self) -> None:
        assert choose([Row("a", "paused")], everything) is None
        assert not is_eligible(Row("a", "paused"))

    def test_breaks_a_tie_by_module_and_then_by_name(self) -> None:
        tied = [Row("b", module="m.a"), Row("a", module="m.b"), Row("c", module="m.a")]

        assert [(row.module, row.name) for row in in_order(tied)] == [("m.a", "b"), ("m.a", "c"), ("m.b", "a")]

    def test_skips_what_does_not_load(self) -> None:
        assert choose([Row("a"), Row("b", RESERVED)], lambda row: row.name == "b") == Row("b", RESERVED)

    def test_of_nothing_is_nothing(self) -> None:
        assert choose([], everything) is None

    @quick
    @given(rows, loadable, st.randoms())
    def test_is_the_first_in_order_that_may_and_can_serve(
        self, given_rows: list[Row], loads: set[tuple[str, str]], random: Any
    ) -> None:
        def can_load(row: Row) -> bool:
            return (row.module, row.name) in loads

        expected = next((row for row in in_order(given_rows) if is_eligible(row) and can_load(row)), None)
        random.shuffle(given_rows)

        assert choose(given_rows, can_load) == expected


def no_obstacle(row: Row) -> Obstacle | None:
    return None


class TestExplain:
    def explained(self, *given_rows: Row, obstacle_of: Any = no_obstacle) -> dict[str, tuple[str, str]]:
        return {each.row.name: (each.verdict.value, each.explanation) for each in explain(given_rows, obstacle_of)}

    def test_gives_every_candidate_a_verdict_and_a_sentence(self) -> None:
        found = self.explained(
            Row("second", priority=7), Row("off", DISABLED, -9), Row("first", priority=5), Row("spare", RESERVED, 1)
        )

        assert found == {
            "first": ("selected", "Serves: first of the active items with priority 5."),
            "second": ("outranked", "Priority 7 loses to 5 of 'first'; lower wins."),
            "spare": ("reserve", "In reserve: waits until nothing active can serve; priority 1."),
            "off": ("disabled", "Disabled."),
        }
        assert list(found) == ["first", "second", "spare", "off"]

    def test_says_when_a_reserve_serves(self) -> None:
        found = self.explained(Row("a", RESERVED, 1), Row("b", RESERVED, 2))

        assert found["a"] == (
            "selected",
            "Serves as reserve: nothing active can; first of the reserves with priority 1.",
        )
        assert found["b"] == ("outranked", "Priority 2 loses to 1 of 'a'; lower wins.")

    def test_says_what_broke_a_tie(self) -> None:
        found = self.explained(Row("a"), Row("b"))

        assert found["b"] == ("outranked", "Priority 0 ties with 'a', which comes first by name.")

    def test_says_what_keeps_an_item_from_serving(self) -> None:
        obstacle = Obstacle(verdict=Verdict.NOT_REGISTERED, explanation="No code.")

        found = self.explained(
            Row("a"), Row("b", priority=1), obstacle_of=lambda row: obstacle if row.name == "a" else None
        )

        assert found["a"] == ("not_registered", "No code.")
        assert found["b"][0] == "selected"

    @pytest.mark.parametrize("verdict", [Verdict.NOT_REGISTERED, Verdict.APP_NOT_INSTALLED])
    def test_says_of_a_disabled_item_too_that_its_code_is_missing(self, verdict: Verdict) -> None:
        obstacle = Obstacle(verdict=verdict, explanation="No code.")

        assert self.explained(Row("a", DISABLED), obstacle_of=lambda _: obstacle)["a"] == (verdict.value, "No code.")

    def test_says_of_a_disabled_item_that_it_is_disabled_although_its_construction_failed(self) -> None:
        obstacle = Obstacle(verdict=Verdict.BROKEN, explanation="Broken.")

        found = self.explained(Row("a", DISABLED), Row("b", RESERVED), obstacle_of=lambda _: obstacle)

        assert found == {"a": ("disabled", "Disabled."), "b": ("broken", "Broken.")}

    def test_adds_what_is_known_of_who_decided(self) -> None:
        (candidate,) = explain([Row("a", DISABLED)], no_obstacle, lambda _: "by ops")

        assert candidate.explanation.startswith("Disabled")
        assert "by ops" in candidate.explanation

    @quick
    @given(rows, loadable)
    def test_selects_what_is_chosen(self, given_rows: list[Row], loads: set[tuple[str, str]]) -> None:
        obstacle = Obstacle(verdict=Verdict.NOT_REGISTERED, explanation="No code.")

        def obstacle_of(row: Row) -> Obstacle | None:
            return None if (row.module, row.name) in loads else obstacle

        candidates = explain(given_rows, obstacle_of)

        selected = [each.row for each in candidates if each.verdict is Verdict.SELECTED]
        chosen = choose(given_rows, lambda row: obstacle_of(row) is None)
        assert selected == ([] if chosen is None else [chosen])
        assert [each.row for each in candidates] == in_order(given_rows)


@pytest.mark.parametrize("status", PluginStatus)
class TestEligible:
    def test_is_what_is_not_disabled(self, status: PluginStatus) -> None:
        assert is_eligible(Row("a", status)) is (status is not PluginStatus.DISABLED)
        assert is_eligible(Row("a", status.value)) is (status is not PluginStatus.DISABLED)
