"""A project that uses django-plugin-system 1.1.0, in an environment of its own, as its README shows it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.elsewhere import ROOT

PACKAGE = "django-plugin-system==1.1.0"
# Kept between runs, as an installation takes a while.
VENV = ROOT / ".venv-legacy"
FILES = {
    "settings.py": """
        import os

        SECRET_KEY = "only-for-tests"
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["OLD_DATABASE"]}}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        USE_TZ = True
        INSTALLED_APPS = [
            "django.contrib.contenttypes",
            "django_plugin_system",
            "tests.host.otp",
            "tests.host.otp_sms.apps.OtpSmsConfig",
            "notify",
        ]
        # The package comes without migrations: its hosts make them.
        MIGRATION_MODULES = {"django_plugin_system": "old_migrations"}
    """,
    "old_migrations/__init__.py": "",
    "tests/__init__.py": "",
    "tests/host/__init__.py": "",
    "tests/host/otp/__init__.py": "",
    "tests/host/otp/apps.py": """
        from abc import ABC, abstractmethod

        from django.apps import AppConfig

        class AbstractOTP(ABC):
            @abstractmethod
            def send_otp(self, number, code): ...

        class OtpConfig(AppConfig):
            name = "tests.host.otp"

            def ready(self):
                from django_plugin_system.register import register_plugin_type

                register_plugin_type({"name": "otp", "manager": "tests.host.otp", "interface": AbstractOTP})
    """,
    "tests/host/otp_sms/__init__.py": "",
    "tests/host/otp_sms/apps.py": """
        from django.apps import AppConfig

        from tests.host.otp.apps import AbstractOTP

        class Sms(AbstractOTP):
            def send_otp(self, number, code):
                return "sent"

        class OtpSmsConfig(AppConfig):
            name = "tests.host.otp_sms"

            def ready(self):
                from django_plugin_system.register import register_plugin_item

                # Its prune compares with INSTALLED_APPS, so that the app goes by its config there.
                for name, priority in (("primary", 10), ("secondary", 20), ("retired", 30)):
                    register_plugin_item({
                        "name": name, "module": "tests.host.otp_sms.apps.OtpSmsConfig", "type_name": "otp",
                        "manager_name": "tests.host.otp", "plugin_class": Sms, "priority": priority,
                    })
    """,
    "notify/__init__.py": "",
    "notify/migrations/__init__.py": "",
    "notify/models.py": """
        from django.db import models
        from django_plugin_system.models import PluginItem

        class Preference(models.Model):
            owner = models.CharField(max_length=50)
            favourites = models.ManyToManyField(PluginItem)
    """,
}
# An operator switches in the old admin, which saves rows; and a host refers to them.
STORY = """
import django; django.setup()
from django.core.management import call_command
from django_plugin_system.models import PluginItem
from notify.models import Preference

call_command("makemigrations", "django_plugin_system", "notify", verbosity=0)
call_command("migrate", verbosity=0)
for name, status, priority in (("primary", "disable", 10), ("secondary", "reserve", -7)):
    row = PluginItem.objects.get(name=name)
    row.status, row.priority = status, priority
    row.save()
Preference.objects.create(owner="ann").favourites.set(PluginItem.objects.filter(name="secondary"))
"""
# What the host changes to move; what it registers is not looked at here.
MOVED_FILES = {
    "settings.py": FILES["settings.py"]
    + """
        INSTALLED_APPS += ["plugin_system"]
        PLUGIN_SYSTEM_SYNC_ON_MIGRATE = False
    """,
    "notify/models.py": FILES["notify/models.py"].replace("django_plugin_system", "plugin_system"),
}
MOVE = """
import django; django.setup()
from django.core.management import call_command
from notify.models import Preference

call_command("migrate", verbosity=0)
call_command("makemigrations", "--check", verbosity=0)
print([item.name for item in Preference.objects.get().favourites.all()])
"""
# And then to be rid of the old package.
LEFT_FILES = {
    "settings.py": MOVED_FILES["settings.py"]
    + """
        INSTALLED_APPS.remove("django_plugin_system")
    """,
    "notify/migrations/0001_with_plugin_system.py": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            initial = True
            replaces = [("notify", "0001_initial"), ("notify", "0002_new_plugins")]
            dependencies = [("plugin_system", "0002_change_feed")]
            operations = [
                migrations.CreateModel(
                    name="Preference",
                    fields=[
                        ("id", models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("owner", models.CharField(max_length=50)),
                        ("favourites", models.ManyToManyField(to="plugin_system.PluginItem")),
                    ],
                )
            ]
    """,
}


def install() -> Path:
    """Return the interpreter of an environment that has the old package; made where there is none yet."""
    python = VENV / "bin" / "python"
    if not (VENV / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", PACKAGE], check=True)
        (VENV / "installed").touch()
    return python


def operate(folder: Path, database: Path) -> None:
    """Write the old project into the folder and operate it, in a database of its own."""
    _write(folder, FILES)
    _run(folder, database, STORY)


def move(folder: Path, database: Path, migration: str, moved: str) -> str:
    """
    Install this package beside the old one, with a migration of the host's that reads ``moved``, and migrate.

    Return the names of the new rows that the host's row refers to then.
    """
    _write(folder, {**MOVED_FILES, "notify/migrations/0002_new_plugins.py": migration, "moved.json": moved})
    return _run(folder, database, MOVE, PYTHONPATH=str(ROOT))


def leave(folder: Path, database: Path) -> str:
    """Replace the host's two migrations, take the old app out, and migrate; return what :func:`move` does."""
    for name in ("0001_initial", "0002_new_plugins"):
        (folder / f"notify/migrations/{name}.py").unlink()
    _write(folder, LEFT_FILES)
    return _run(folder, database, MOVE, PYTHONPATH=str(ROOT))


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def _run(folder: Path, database: Path, script: str, **changes: str) -> str:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "DJANGO_SETTINGS_MODULE": "settings",
        "OLD_DATABASE": str(database),
        **changes,
    }
    command = [install(), "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
