"""The example's own pages in the admin: tokens and preferences."""

import re
from collections.abc import Callable

import pytest

from tests.example.running import Outside, Visitor

ADMINISTRATOR = """
from apps.accounts.models import User
root, _ = User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)
root.set_password("only-for-this-test")
root.save()
print(root.pk)
"""
ITEMS = """
from plugin_system.models import PluginItem
for name in {names!r}:
    print(PluginItem.objects.get(name=name).pk)
"""
ALLOW = "from plugin_system.models import PluginItem; PluginItem.objects.filter(pk={pk!r}).update(status='active')"


@pytest.fixture(scope="session")
def administrator(operator: Callable[[str], str]) -> str:
    """The id of a superuser."""
    return operator(ADMINISTRATOR).strip()


@pytest.fixture
def root_id(administrator: str, visitor: Visitor) -> str:
    """The id of a superuser as whom the visitor is signed in."""
    assert visitor.submit("/admin/login/", username="root", password="only-for-this-test", next="/admin/").status == 200
    return administrator


class TestTokens:
    def test_are_shown_once_and_work(self, root_id: str, visitor: Visitor) -> None:
        fields = {"user": root_id, "name": "deploy pipeline", "expiry_0": "2099-01-01", "expiry_1": "00:00:00"}
        page = visitor.submit("/admin/accounts/namedtoken/add/", **fields)
        found = re.search(r"The token is ([0-9a-f]{64}) ", page.text)
        assert found, page.text
        assert visitor.post_json("/send/", {}, Authorization=f"Bearer {found[1]}").status == 400
        assert found[1] not in visitor.get("/admin/accounts/namedtoken/").text
        again = visitor.submit("/admin/accounts/namedtoken/add/", **fields)
        assert "already exists" in again.text

    def test_must_end_in_the_future(self, root_id: str, visitor: Visitor) -> None:
        page = visitor.submit(
            "/admin/accounts/namedtoken/add/", user=root_id, name="late", expiry_0="2001-01-01", expiry_1="00:00:00"
        )
        assert "Give it a time in the future, or delete the token." in page.text


class TestPreferences:
    def test_offer_channels_only_and_can_be_tried(
        self, root_id: str, operator: Callable[[str], str], visitor: Visitor, outside: Outside
    ) -> None:
        webhook, provider_of_codes = operator(ITEMS.format(names=["webhook", "primary"])).split()
        add = "/admin/notifications/usernotifypref/add/"
        assert "Select a valid choice" in visitor.submit(add, user=root_id, favourite_plugins=provider_of_codes).text
        assert "was added successfully" in visitor.submit(add, user=root_id, favourite_plugins=webhook).text
        operator(ALLOW.format(pk=webhook))
        outside.received.clear()
        listed = "/admin/notifications/usernotifypref/"
        found = re.search(r"usernotifypref/(\d+)/change/[^>]*>root<", visitor.get(listed).text)
        assert found
        page = visitor.submit(listed, action="send_trial", index="0", _selected_action=found[1])
        assert "WebhookNotifier to root: sent." in page.text
        assert [body for _, _, body in outside.received] == [{"to": "root", "text": "This is a trial."}]
