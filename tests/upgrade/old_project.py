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
            "likings",
        ]
    """,
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
    "likings/__init__.py": "",
    "likings/models.py": """
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
from likings.models import Preference

call_command("migrate", "--run-syncdb", verbosity=0)
for name, status, priority in (("primary", "disable", 10), ("secondary", "reserve", -7)):
    row = PluginItem.objects.get(name=name)
    row.status, row.priority = status, priority
    row.save()
Preference.objects.create(owner="ann").favourites.set(PluginItem.objects.filter(name="secondary"))
"""


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
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "DJANGO_SETTINGS_MODULE": "settings",
        "OLD_DATABASE": str(database),
    }
    subprocess.run([install(), "-c", STORY], cwd=folder, env=environment, check=True)
