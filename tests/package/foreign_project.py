"""A host project that knows nothing of this checkout, and has a top-level app named `api` of its own."""

from pathlib import Path
from textwrap import dedent

FILES = {
    "manage.py": """
        import os
        import sys

        from django.core.management import execute_from_command_line

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "host.settings")
        execute_from_command_line(sys.argv)
    """,
    "host/__init__.py": "",
    "host/settings.py": """
        from pathlib import Path

        SECRET_KEY = "not a secret"
        ALLOWED_HOSTS = ["testserver"]
        INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "plugin_system", "api"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "db.sqlite3"}}
        ROOT_URLCONF = "host.urls"
        USE_TZ = True
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    """,
    "host/settings_with_rest.py": """
        from host.settings import *

        INSTALLED_APPS += ["django.contrib.sessions", "rest_framework", "drf_spectacular_sidecar", "plugin_system_api"]
        INSTALLED_APPS += ["django.contrib.staticfiles"]
        STATIC_URL = "/static/"
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ]
        REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"]}
        ROOT_URLCONF = "host.urls_with_rest"
    """,
    "host/urls_with_rest.py": """
        from django.urls import include, path

        from host.urls import urlpatterns as ours

        urlpatterns = [*ours, path("control/", include("plugin_system_api.urls"))]
    """,
    "host/urls.py": """
        from django.urls import path

        from api.views import greet

        urlpatterns = [path("api/greet/<str:name>/", greet)]
    """,
    "api/__init__.py": "",
    "api/plugins.py": """
        from abc import ABC, abstractmethod

        from plugin_system.register import plugin_item, plugin_type


        @plugin_type(name="greeter", description="Greets people.")
        class Greeter(ABC):
            @abstractmethod
            def greet(self, name: str) -> str: ...


        @plugin_item(Greeter, name="polite", priority=10, description="For strangers.")
        class Polite(Greeter):
            def greet(self, name: str) -> str:
                return f"Good evening, {name}."


        @plugin_item(Greeter, name="casual", priority=20, description="For friends.")
        class Casual(Greeter):
            def greet(self, name: str) -> str:
                return f"Hi, {name}."
    """,
    "api/views.py": """
        from django.http import HttpRequest, HttpResponse
        from plugin_system.helpers import require_plugin_instance

        from api.plugins import Greeter


        def greet(request: HttpRequest, name: str) -> HttpResponse:
            return HttpResponse(require_plugin_instance(Greeter).greet(name))
    """,
    "look.py": """
        import importlib.util
        import json
        import os
        from pathlib import Path

        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
        django.setup()

        import api
        import plugin_system
        import plugin_system_api
        from django.test import Client
        from plugin_system.choices import PluginStatus
        from plugin_system.helpers import get_plugin_instance
        from plugin_system.models import PluginItem

        modules = [api, plugin_system, plugin_system_api]
        folders = {module.__name__: str(Path(module.__file__).parent) for module in modules}
        resolved = type(get_plugin_instance("greeter", "api"))
        answer = Client().get("/api/greet/world/").content.decode()
        polite = PluginItem.objects.get(name="polite")
        polite.status = PluginStatus.DISABLED
        polite.save()
        after = Client().get("/api/greet/world/").content.decode()
        print(json.dumps({
            **folders,
            "resolved": [resolved.__module__, resolved.__name__],
            "answer": answer,
            "answer_after_disable": after,
            "rest_framework": importlib.util.find_spec("rest_framework") is not None,
        }))
    """,
    "operate.py": """
        import json
        import os

        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings_with_rest"
        django.setup()

        from django.contrib.auth.models import User
        from django.test import Client

        anonymous, operator = Client(), Client()
        operator.force_login(User.objects.create_superuser("operator"))
        polite = "/control/plugin-items/api:greeter%2Fapi:polite/"
        patched = operator.patch(polite, {"status": "disable", "reason": "Rude"}, content_type="application/json")
        print(json.dumps({
            "anonymous": anonymous.get("/control/plugin-items/").status_code,
            "resolves": patched.json()["resolves"],
            "answer": operator.get("/api/greet/world/").content.decode(),
            "document": operator.get("/control/schema/").json()["openapi"],
            "page": operator.get("/control/docs/").status_code,
        }))
    """,
}


def write_foreign_project(folder: Path) -> None:
    """Write the project's files into the folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
