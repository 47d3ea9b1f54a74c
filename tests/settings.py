"""The host project of the test suite."""

import os
from pathlib import Path
from typing import Any

_SERVER: dict[str, dict[str, Any]] = {
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "USER": "postgres",
        "PORT": "5432",
        "OPTIONS": {},
    },
    "mariadb": {
        "ENGINE": "django.db.backends.mysql",
        "USER": "root",
        "PORT": "3306",
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"CHARSET": "utf8mb4"},
    },
}
_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": os.environ.get("PLUGIN_SYSTEM_TEST_NAME", str(Path(__file__).parent / "test.sqlite3")),
    "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
}


def _database() -> dict[str, Any]:
    kind = os.environ.get("PLUGIN_SYSTEM_TEST_DATABASE", "sqlite")
    if kind == "sqlite":
        return _SQLITE
    prefix = f"PLUGIN_SYSTEM_TEST_{kind.upper()}"
    found = dict(_SERVER[kind])
    found["NAME"] = os.environ.get("PLUGIN_SYSTEM_TEST_NAME", "plugin_system")
    found["HOST"] = os.environ.get(f"{prefix}_HOST", "127.0.0.1")
    for part in ("USER", "PASSWORD", "PORT"):
        found[part] = os.environ.get(f"{prefix}_{part}", found.get(part, ""))
    isolation = os.environ.get("PLUGIN_SYSTEM_TEST_ISOLATION")
    if isolation and kind == "mariadb":
        found["OPTIONS"] = {**found["OPTIONS"], "isolation_level": isolation}
    if isolation and kind == "postgresql":
        found["OPTIONS"] = {"options": f"-c default_transaction_isolation={isolation.replace(' ', chr(92) + ' ')}"}
    return found


SECRET_KEY = "only-for-tests"
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular_sidecar",
    "plugin_system",
    "plugin_system_api",
    "tests.host.otp",
    "tests.host.otp_sms.apps.OtpSmsConfig",
    "tests.host.prefs",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tests.host.authentication.NameAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ]
}
