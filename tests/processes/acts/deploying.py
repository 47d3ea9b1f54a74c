"""What a deploy does, and what a host keeps by reference to items."""

from typing import Any

from django.core.management import call_command

from plugin_system.models import PluginItem
from tests import factories
from tests.host.prefs.models import Preference


def run_all(commands: list[list[str]]) -> None:
    """Run management commands; a status other than 0 is an error."""
    for command in commands:
        try:
            call_command(*command, verbosity=0)
        except SystemExit as exit_:
            raise AssertionError(f"{command} ended with {exit_.code}.") from exit_


def decide(**statuses: str) -> None:
    """Give items these statuses, each with a priority of the operator's."""
    for name, status in statuses.items():
        factories.set_status(name, status)
        PluginItem.objects.filter(name=name).update(priority=77)


def refer(owner: str, name: str) -> None:
    """Have the host refer to an item, by foreign key and in a set."""
    preference = Preference.objects.create(owner=owner, item=factories.item(name))
    preference.favourites.set(PluginItem.objects.all())


def referred(owner: str) -> dict[str, Any]:
    """Return what the host refers to."""
    preference = Preference.objects.get(owner=owner)
    favourites = preference.favourites.through.objects.filter(preference=preference)
    return {
        "item": str(preference.item_id),
        "favourites": sorted(str(pk) for pk in favourites.values_list("pluginitem_id", flat=True)),
    }


def rows() -> dict[str, list[Any]]:
    """Return every item by name: id, status, priority, and whether it is put away."""
    columns = ("name", "pk", "status", "priority", "archived")
    return {
        name: [str(pk), status, priority, archived is not None]
        for name, pk, status, priority, archived in PluginItem.all_objects.values_list(*columns)
    }
