"""The Django settings of every process of the benchmark, ours and the peers' alike."""

import json
import os
from typing import Any

_given: dict[str, Any] = json.loads(os.environ["BENCHMARK_SETTINGS"])

SECRET_KEY = "only-for-benchmarks"
DATABASES = {"default": _given.pop("DATABASE")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.benchmarks.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    *_given.pop("APPS"),
    "tests.benchmarks.host",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
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
# Signed, so that a session costs no query: what is measured is the page.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Both peers cache in Django's cache, which is this one unless a host says otherwise.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# The second peer refuses to start without them.
FIELD_ENCRYPTION_KEY = "only-for-benchmarks"
SALT_KEY = "only-for-benchmarks"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["tests.benchmarks.authentication.NameAuthentication"]}
PLUGIN_SYSTEM_API_WRITE_RATE = None

globals().update(_given)
