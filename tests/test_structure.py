"""What imports cannot say: the doors never write rows themselves; the core needs Django alone."""

import ast
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.elsewhere import HOST_APPS, ROOT, output_of, run_script, sqlite_files

DOORS = ("plugin_system/admin", "plugin_system/management", "plugin_system/receivers.py", "plugin_system/checks.py")
API = "api/plugin_system_api"
WRITES = {
    "save",
    "update",
    "create",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "asave",
    "aupdate",
    "acreate",
    "adelete",
    "abulk_create",
    "abulk_update",
    "aget_or_create",
    "aupdate_or_create",
}
MANAGERS = {"objects", "all_objects", "_base_manager", "_default_manager", "get_queryset"}
ROWS = {
    *("item", "items", "row", "rows", "plugin_type", "plugin_types", "types", "queryset", "query_set", "qs"),
    *("obj", "object", "instance", "revision", "revisions", "change", "changes", "counter", "found"),
}
OURS = {model.__name__ for model in apps.get_app_config("plugin_system").get_models()}


def writes_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every call that writes rows of the plugin system, as far as names tell."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _writes(node, node.func):
            yield node.lineno, ast.unparse(node)


def _writes(call: ast.Call, method: ast.Attribute) -> bool:
    # A dict or a set is updated with what it is given by position, rows only with keywords.
    if method.attr not in WRITES or (method.attr.endswith("update") and call.args and "bulk" not in method.attr):
        return False
    names = list(_names(method.value))
    root = names[-1] if names else ""
    if root[:1].isupper() and root not in OURS:
        return False
    return bool(MANAGERS & set(names)) or root in OURS or root in ROWS or (names[:1] != [] and names[0] in ROWS)


def _names(expression: ast.expr) -> Iterator[str]:
    """Yield the names in a chain of attributes, calls and subscripts, the outermost first."""
    while not isinstance(expression, ast.Name):
        if isinstance(expression, ast.Attribute):
            yield expression.attr
            expression = expression.value
        elif isinstance(expression, ast.Call):
            expression = expression.func
        elif isinstance(expression, ast.Subscript | ast.Await | ast.Starred):
            expression = expression.value
        else:
            return
    yield expression.id


class TestWritesIn:
    """The rule itself."""

    @pytest.mark.parametrize(
        "line",
        [
            "item.save()",
            "form.instance.save(update_fields=['status'])",
            "row.delete()",
            "plugin_type.items.update(status='active')",
            "queryset.filter(pk=1).delete()",
            "self.get_queryset().update(**values)",
            "PluginItem.objects.create(name='x')",
            "PluginItem.all_objects.using(using).filter(pk=1).update(priority=1)",
            "models.PluginItem._base_manager.bulk_create(made)",
            "PluginType.objects.get_or_create(name='x', manager='y')",
            "Revision(number=1).save()",
            "rows[0].save()",
            "await item.asave()",
            "found.bulk_update(rows, ['status'])",
        ],
    )
    def test_finds(self, line: str) -> None:
        source = f"async def act():\n    {line}"

        assert len(list(writes_in(source))) == 1

    @pytest.mark.parametrize(
        "line",
        [
            "values.update(status='active')",
            "items.update({'a': 1})",
            "rows.update(other)",
            "LogEntry.objects.bulk_create(entries)",
            "LogEntry.objects.filter(pk=1).delete()",
            "services.update_item(edit=edit, origin=origin)",
            "services.set_status(items=items)",
            "hashlib.sha256().update(data)",
            "super().save(commit)",
            "PluginItem.objects.filter(pk=1).exists()",
            "item.status = 'active'",
        ],
    )
    def test_passes_over(self, line: str) -> None:
        assert list(writes_in(line)) == []


class TestDoors:
    @pytest.mark.parametrize("place", [*DOORS, API])
    def test_write_no_rows_but_through_services(self, place: str) -> None:
        files = sorted((ROOT / place).rglob("*.py")) or [ROOT / place]

        written = {
            f"{path.relative_to(ROOT)}:{line}: {text}" for path in files for line, text in writes_in(path.read_text())
        }

        assert written == set()


@pytest.mark.django_db
class TestMigrations:
    def test_are_there_for_every_model(self) -> None:
        out = StringIO()
        try:
            call_command("makemigrations", "--check", "--dry-run", stdout=out)
        except SystemExit:
            pytest.fail(out.getvalue())


ADMIN_URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""
WITHOUT_REST = """
import sys

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith(("rest_framework", "django_filters", "drf_spectacular", "plugin_system_api")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent)
import django
django.setup()

import pkgutil
import plugin_system
from importlib import import_module
for module in pkgutil.walk_packages(plugin_system.__path__, "plugin_system."):
    import_module(module.name)

from django.core.management import call_command
from plugin_system.helpers import get_plugin_instance
call_command("migrate", verbosity=0)
call_command("check")
print(get_plugin_instance("otp", "tests.host.otp").send_otp("1", "2"))
"""


class TestCore:
    def test_needs_django_alone(self, tmp_path: Path) -> None:
        (tmp_path / "admin_urls.py").write_text(ADMIN_URLS)

        done = run_script(
            WITHOUT_REST,
            sets_up=False,
            folder=tmp_path,
            DATABASES=sqlite_files(tmp_path, "default"),
            INSTALLED_APPS=[
                app for app in HOST_APPS if app.startswith(("django.", "tests.")) or app == "plugin_system"
            ],
            ROOT_URLCONF="admin_urls",
        )

        assert output_of(done).splitlines()[-1] == "primary 1 2"
