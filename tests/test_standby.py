"""A host whose router reads from a standby: the control plane reads where it writes, because a standby is late."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from plugin_system import services
from plugin_system.choices import PluginStatus
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem, PluginType
from tests.factories import MODULE, OPERATOR, OTP, PRIMARY, sync
from tests.host.otp.interfaces import AbstractOTP
from tests.host.otp_sms.plugins import Primary

pytestmark = pytest.mark.django_db


class ToStandby:
    """Reads from a database that there is not: whoever asks it fails."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return "standby"

    def db_for_write(self, model: type, **hints: Any) -> str:
        return "default"


@pytest.fixture(autouse=True)
def late_standby() -> Any:
    with override_settings(DATABASE_ROUTERS=[ToStandby()]):
        yield


def primary() -> PluginItem:
    return PluginItem.objects.using("default").get(pk=PRIMARY.row_id)


def save() -> None:
    item = primary()
    item.priority += 1
    item.save()


def single_plugin() -> PluginItem | None:
    kind = PluginType.objects.using("default").get(pk=OTP.row_id)
    kind._state.db = "standby"
    return kind.get_single_plugin()


ITEMS = services.ItemSelection(ids=(PRIMARY.row_id,))
ACTS: dict[str, Callable[[], Any]] = {
    "resolve": lambda: type(get_plugin_instance(AbstractOTP)) is Primary,
    "set_status": lambda: services.set_status(items=ITEMS, status=PluginStatus.DISABLED, origin=OPERATOR),
    "set_status_of_a_module": lambda: services.set_status(
        items=services.ItemSelection(module=MODULE), status=PluginStatus.RESERVED, origin=OPERATOR
    ),
    "shift_priority": lambda: services.shift_priority(items=ITEMS, by=1, origin=OPERATOR),
    "update_item": lambda: services.update_item(
        edit=services.ItemEdit(item=PRIMARY.row_id, priority=5), origin=OPERATOR
    ),
    "promote": lambda: services.promote(item=PRIMARY.row_id, origin=OPERATOR),
    "revert": lambda: services.revert(
        revision=services.set_status(items=ITEMS, status=PluginStatus.RESERVED, origin=OPERATOR).revision or 0,
        origin=OPERATOR,
    ),
    "sync": lambda: sync(prune=True),
    "explain": lambda: services.explain_type(services.find_type(str(OTP.row_id))),
    "read_status": services.read_status,
    "list_items": lambda: services.list_items(services.ItemFilter(), limit=9),
    "save": save,
    "delete": lambda: primary().delete(),
    "update": lambda: PluginItem.objects.filter(pk=PRIMARY.row_id).update(priority=7),
    "get_single_plugin": lambda: single_plugin() == primary(),
    "load_class": lambda: primary().load_class() is Primary,
}


class TestHostThatReadsFromAStandby:
    @pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
    def test_asks_it_for_nothing(self, act: Callable[[], Any]) -> None:
        assert act() is not False
