"""Notifying users: by the channels they prefer, really delivered."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.example.running import Outside, Project

Operator = Callable[[str], str]

PREFER = """
from apps.accounts.models import User
from apps.notifications.models import UserNotifyPref
from plugin_system.models import PluginItem
notifiers = PluginItem.objects.filter(plugin_type__name="notifier")
notifiers.update(status="active")
preference, _ = UserNotifyPref.objects.get_or_create(user=User.objects.get(username="operator"))
preference.favourite_plugins.set(notifiers.filter(name__in={names!r}))
notifiers.filter(name__in={disabled!r}).update(status="disable")
"""
NOTIFY = """
from apps.accounts.models import User
from apps.notifications.services import notify
for receipt in notify(User.objects.get(username="operator"), {message!r}):
    print(receipt.channel, receipt.error or "sent", sep=": ")
"""


@pytest.fixture
def notified(operator: Operator, outside: Outside) -> Iterator[Callable[..., str]]:
    outside.received.clear()

    def notified(message: str, *, names: list[str], disabled: list[str] | None = None) -> str:
        operator(PREFER.format(names=names, disabled=disabled or []))
        return operator(NOTIFY.format(message=message))

    yield notified
    outside.status = 200


def mails(project: Project) -> list[Path]:
    return sorted((project.data_dir / "mail").glob("*.log"))


class TestNotify:
    def test_delivers_through_every_channel_that_the_user_prefers(
        self, notified: Callable[..., str], outside: Outside, project: Project
    ) -> None:
        assert notified("Hello, both.", names=["email", "webhook"]) == "EmailNotifier: sent\nWebhookNotifier: sent\n"
        written = "".join(path.read_text() for path in mails(project))
        assert "To: operator@example.com" in written
        assert "Hello, both." in written
        [(path, headers, body)] = outside.received
        assert path == "/hook"
        assert headers["Authorization"] == "Bearer agreed"
        assert body == {"to": "operator", "text": "Hello, both."}

    def test_uses_what_serves_everybody_without_a_preference(
        self, notified: Callable[..., str], outside: Outside
    ) -> None:
        assert notified("Hello.", names=[], disabled=["email", "sms"]) == "WebhookNotifier: sent\n"
        assert len(outside.received) == 1

    def test_leaves_out_what_an_operator_has_disabled(self, notified: Callable[..., str], outside: Outside) -> None:
        said = notified("Hello.", names=["email", "webhook"], disabled=["webhook"])
        assert said == "EmailNotifier: sent\n"
        assert outside.received == []

    def test_goes_on_after_a_channel_that_fails(self, notified: Callable[..., str], outside: Outside) -> None:
        outside.status = 500
        said = notified("Hello.", names=["email", "webhook"])
        assert "EmailNotifier: sent\n" in said
        assert "WebhookNotifier: 'webhook' at 127.0.0.1" in said


class TestCommand:
    def test_reaches_the_demo_gateway_over_http(
        self, notified: Callable[..., str], operator: Operator, project: Project, site: str
    ) -> None:
        notified("Hello.", names=["sms"])
        told = project.manage("notify", "operator", "Hello by SMS.", EXAMPLE_BASE_URL=site)
        assert told.returncode == 0, told.stderr
        assert told.stdout == "SmsNotifier: sent\n"
        arrived = operator("from apps.gateway.models import Message; print(*Message.objects.filter(channel='sms'))")
        assert arrived == "To +31123456789 by sms\n"

    def test_fails_where_nobody_could_tell_the_user(self, notified: Callable[..., str], project: Project) -> None:
        notified("Hello.", names=["sms"])
        told = project.manage("notify", "operator", "Hello.", EXAMPLE_SMS_URL="ftp://127.0.0.1/")
        assert told.returncode == 1
        assert "The URL of 'sms' is not an HTTP address; correct EXAMPLE_SMS_URL." in told.stdout
        assert "'operator' was not told." in told.stderr
