"""What a process pays at start-up: registration, and the memory of its snapshot."""

import gc
import tracemalloc

from django.db import connection

from plugin_system import services
from plugin_system.helpers import get_plugin_instance
from plugin_system.models import PluginItem
from plugin_system.testing import isolated_registry
from tests.benchmarks import plugins
from tests.benchmarks.acts import preparing
from tests.benchmarks.timing import Sample, best_of, long_work


def registration(types: int, items: int) -> Sample:
    """Define so many types and items and register them, with every check; the best of a few times."""

    def once() -> Sample:
        with isolated_registry():
            return long_work(lambda: preparing.register(types, items, ["active"]))

    return best_of(once)


def registration_limit(types: int, items: int) -> Sample:
    """Define the same classes, and no more."""

    def work() -> list[type]:
        interfaces = [plugins.make_interface() for _ in range(types)]
        return [plugins.make_class(interface) for interface in interfaces for _ in range(items)]

    return best_of(lambda: long_work(work))


def memory(types: int) -> Sample:
    """Return the bytes per item that the snapshot keeps once every type has been resolved."""
    services.explain_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    names = plugins.type_names("active", types)
    rows = PluginItem.objects.count()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for name in names:
        assert get_plugin_instance(name, plugins.APP) is not None
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"value": (after - before) / rows}
