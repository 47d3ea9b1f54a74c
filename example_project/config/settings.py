"""
Settings of the example project.

Every choice that depends on where it runs is an environment variable; README.md lists them.
"""

from datetime import timedelta
from pathlib import Path

import django
from django.utils.crypto import salted_hmac

from config.databases import chosen_database
from config.environment import flag, stored_secret, text, words

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(text("EXAMPLE_DATA_DIR", str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

DEBUG = flag("EXAMPLE_DEBUG", default=True)
SECRET_KEY = text("EXAMPLE_SECRET_KEY") or stored_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = words("EXAMPLE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "plugin_system",
    "plugin_system_api",
    # An app is known by its name, whether it is listed by that or by its configuration class.
    "apps.accounts",
    "apps.gateway",
    "apps.otp",
    "apps.otp_sms.apps.OtpSmsConfig",
    "apps.notifications.apps.NotificationsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": chosen_database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and tokens

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "admin:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

PLUGIN_SYSTEM_API_WRITE_RATE = text("EXAMPLE_API_WRITE_RATE", "120/min")
KNOX_TOKEN_MODEL = "accounts.NamedToken"
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(days=30),
}

# Deliveries: where each channel posts to, and the key it shows there. See apps/delivery.py.

DELIVERY_TIMEOUT = 5.0
BASE_URL = text("EXAMPLE_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
DEMO_GATEWAY_KEY = salted_hmac("apps.gateway", "key", secret=SECRET_KEY, algorithm="sha256").hexdigest()


def _delivery(channel: str) -> dict[str, str]:
    prefix = f"EXAMPLE_{channel.upper().replace('-', '_')}"
    url = text(f"{prefix}_URL")
    if url:
        return {"URL": url, "KEY": text(f"{prefix}_KEY")}
    return {"URL": f"{BASE_URL}/gateway/{channel}/", "KEY": DEMO_GATEWAY_KEY}


DELIVERY = {channel: _delivery(channel) for channel in ("otp-primary", "otp-fallback", "sms", "webhook")}

DEFAULT_FROM_EMAIL = text("EXAMPLE_FROM_EMAIL", "notifications@example.com")
_SMTP_HOST = text("EXAMPLE_EMAIL_HOST")
_SMTP = {
    "host": _SMTP_HOST,
    "port": int(text("EXAMPLE_EMAIL_PORT", "25")),
    "username": text("EXAMPLE_EMAIL_USER"),
    "password": text("EXAMPLE_EMAIL_PASSWORD"),
    "use_tls": flag("EXAMPLE_EMAIL_TLS", default=False),
    "timeout": DELIVERY_TIMEOUT,
}
_MAIL_DIR = str(DATA_DIR / "mail")
_MAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _SMTP_HOST else 'filebased'}.EmailBackend"
if django.VERSION >= (6, 1):  # There the older form is deprecated, and refused beside the newer one.
    MAILERS = {"default": {"BACKEND": _MAIL_BACKEND, "OPTIONS": _SMTP if _SMTP_HOST else {"file_path": _MAIL_DIR}}}
else:
    EMAIL_BACKEND = _MAIL_BACKEND
    EMAIL_FILE_PATH = _MAIL_DIR
    EMAIL_HOST = _SMTP["host"]
    EMAIL_PORT = _SMTP["port"]
    EMAIL_HOST_USER = _SMTP["username"]
    EMAIL_HOST_PASSWORD = _SMTP["password"]
    EMAIL_USE_TLS = _SMTP["use_tls"]
    EMAIL_TIMEOUT = _SMTP["timeout"]

# Security

_HTTPS = flag("EXAMPLE_HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Everything else

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    "root": {"handlers": ["console"], "level": text("EXAMPLE_LOG_LEVEL", "INFO")},
}
