"""What an operator has decided survives whatever is deployed."""

from typing import Any

import pytest
from django.conf import settings

from tests.processes.acts import deploying, operating, registering, resolving, syncing
from tests.processes.conftest import Start
from tests.processes.rig import Worker

DECIDED = {"primary": "disable", "secondary": "reserve", "spare": "disable"}
PRIORITY = 77
WITHOUT_PROVIDER = [name for name in settings.INSTALLED_APPS if not name.startswith("tests.host.otp_sms")]
BY_NAME = ["tests.host.otp_sms" if name.startswith("tests.host.otp_sms") else name for name in settings.INSTALLED_APPS]
COMMANDS = [
    ["migrate"],
    ["pluginsync"],
    ["pluginsync", "--mode", "create", "--no-prune"],
    ["pluginsync", "--mode", "create", "--prune-missing"],
    ["pluginsync", "--dry-run"],
    ["pluginsync", "--check"],
]


@pytest.fixture
def decided(operator: Worker) -> dict[str, list[Any]]:
    """The rows after an operator has decided on each; the host refers to them."""
    operator.call(deploying.decide, **DECIDED)
    operator.call(deploying.refer, owner="host", name="primary")
    rows: dict[str, list[Any]] = operator.call(deploying.rows)
    assert {name: row[1:] for name, row in rows.items()} == {
        name: [status, PRIORITY, False] for name, status in DECIDED.items()
    }
    return rows


class TestDecision:
    def test_survives_migrate_and_every_sync(self, decided: dict[str, list[Any]], start: Start) -> None:
        for apps in (settings.INSTALLED_APPS, BY_NAME):
            deploy = start(INSTALLED_APPS=apps)
            for command in [*COMMANDS, *COMMANDS]:
                deploy.call(deploying.run_all, commands=[command])
                assert deploy.call(deploying.rows) == decided
            assert deploy.call(resolving.serving) == "secondary"

    def test_on_status_survives_a_sync_that_refreshes_what_code_states(
        self, decided: dict[str, list[Any]], start: Start
    ) -> None:
        deploy = start()
        for options in ([], ["--no-prune"], ["--prune-missing"]):
            deploy.call(deploying.run_all, commands=[["pluginsync", "--mode", "update", *options]])
        rows = deploy.call(deploying.rows)
        assert {name: row[1] for name, row in rows.items()} == DECIDED
        assert {name: row[2] for name, row in rows.items()} == {"primary": 10, "secondary": 20, "spare": PRIORITY}

    @pytest.mark.parametrize("mode", ["create", "update"])
    def test_survives_that_its_code_is_removed_and_comes_back(
        self, mode: str, decided: dict[str, list[Any]], start: Start, operator: Worker
    ) -> None:
        without = start()
        without.call(registering.forget_host_item, name="primary")
        without.call(deploying.run_all, commands=[["migrate"], ["pluginsync", "--mode", "create"]])
        assert without.call(deploying.rows) == decided
        without.call(deploying.run_all, commands=[["pluginsync", "--prune-missing"]])
        pk, *kept, archived = without.call(deploying.rows)["primary"]
        assert (pk, kept, archived) == (decided["primary"][0], ["disable", PRIORITY], True)
        start().call(deploying.run_all, commands=[["pluginsync", "--mode", mode]])
        rows = operator.call(deploying.rows)
        assert rows["primary"][:2] == decided["primary"][:2]
        assert not rows["primary"][3]

    def test_survives_that_its_app_is_uninstalled_pruned_and_reinstalled(
        self, decided: dict[str, list[Any]], start: Start, operator: Worker
    ) -> None:
        referred = operator.call(deploying.referred, owner="host")
        without = start(INSTALLED_APPS=WITHOUT_PROVIDER)
        without.call(deploying.run_all, commands=[["migrate"]])
        assert without.call(deploying.rows) == decided
        without.call(deploying.run_all, commands=[["pluginsync"]])
        assert without.call(deploying.rows) == {name: [*row[:3], True] for name, row in decided.items()}
        assert without.call(deploying.referred, owner="host") == referred
        assert without.call(resolving.serving) is None
        again = start()
        again.call(deploying.run_all, commands=[["migrate"]])
        assert again.call(deploying.rows) == decided
        assert again.call(deploying.referred, owner="host") == referred

    def test_survives_an_old_release_beside_the_new_and_both_go_on_serving(
        self, start: Start, operator: Worker
    ) -> None:
        old, new = start(PLUGIN_SYSTEM_MAX_STALENESS=0.05), start(PLUGIN_SYSTEM_MAX_STALENESS=0.05)
        watches_old, watches_new = start(PLUGIN_SYSTEM_MAX_STALENESS=0.05), start(PLUGIN_SYSTEM_MAX_STALENESS=0.05)
        for each in (old, watches_old):
            each.call(registering.forget_host_item, name="secondary")
        operator.call(operating.set_status, name="primary", status="disable")
        watching = [each.begin(resolving.watch_until_told) for each in (watches_old, watches_new)]
        assert [each.wait_for("watching") for each in watching] == ["spare", "secondary"]
        for _ in range(3):
            old.call(syncing.sync, mode="update", prune=True, prune_missing=True)
            assert old.call(deploying.rows)["secondary"][3]
            new.call(syncing.sync, mode="update", prune=True, prune_missing=True)
            assert not new.call(deploying.rows)["secondary"][3]
        assert [each.proceed().result() for each in watching] == [["spare"], ["secondary"]]
        assert {name: row[1] for name, row in new.call(deploying.rows).items()} == {
            "primary": "disable",
            "secondary": "active",
            "spare": "reserve",
        }
