"""Text that somebody has stored is shown as text: in no reply, page or terminal does it do anything."""

import json
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from plugin_system import services
from plugin_system.choices import Channel
from plugin_system.models import PluginItem, Revision
from plugin_system.origins import Origin
from tests.api.caller import ROOT
from tests.factories import item, new_interface, synced_chain
from tests.security.doors import admin_urls, api_routes
from tests.security.people import create

MARKUPS = {
    "a script": "<script>alert(7*7)</script>",
    "an event": '"><img src=x onerror=alert(1)>',
    "an apostrophe": "'><svg onload=alert(1)>",
    "a template": "{{7*7}}{% debug %}{{ settings.SECRET_KEY }}",
    "a format": "%(name)s %s {0} {item.__class__} ${7*7}",
    "a link": 'javascript:alert(1)//"><a href="javascript:alert(1)">x</a>',
    "an end of a script": "</script><script>alert(1)</script>",
    "an entity": "&lt;script&gt;&#x27;",
    "a terminal's": "\x1b[2J\x1b]0;title\x07\u202eevil\u200b\r\nRevision 1.",
}
CODES = {name: name.replace(" ", "-").replace("'", "") for name in MARKUPS}


class Parsed(HTMLParser):
    """A page as a browser reads it: what would run in it, and the text that is shown."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.active: list[str] = []
        self.shown: list[str] = []
        self._in_script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            if name.startswith("on"):
                self.active.append(f"<{tag} {name}={value}>")
            if name in {"href", "src", "action", "formaction"} and is_script(value or ""):
                self.active.append(f"<{tag} {name}={value}>")
            if name in {"value", "title", "alt"} and value:
                self.shown.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and "alert(" in data:
            self.active.append(data)
        self.shown.append(data)


@pytest.fixture(params=MARKUPS.values(), ids=CODES.values())
def markup(request: Any, db: None, registry: None, unthrottled: None) -> str:
    """A text that was stored wherever the doors, and code, take one; returns it."""
    text: str = request.param
    client = signed_in_as(text)
    row = item("primary")
    send(client, "PATCH", f"plugin-types/{row.plugin_type_id}/", {"description": text, "reason": text})
    send(client, "PATCH", f"plugin-items/{row.pk}/", {"description": text, "priority": 11, "reason": text})
    send(client, "POST", "sync/", {"reason": text, "mode": "create"})
    post_form(client, item("secondary"), text)
    call_command("pluginctl", "disable", str(item("spare").pk), reason=text, actor=text, stdout=StringIO())
    synced_chain("carrier", new_interface(), pigeon={"description": text})
    if "/" not in text and ":" not in text and text.isprintable():
        synced_chain(text[:90], new_interface("Named"), **{text[:90]: {"description": text}})
    origin = Origin(channel=Channel.CODE, actor=text, actor_id="7", reason=text, request_id=text[:100])
    services.set_status(items=services.ItemSelection(ids=(row.pk,)), status="reserve", origin=origin, force=True)
    return text


class TestStoredMarkup:
    def test_is_stored_as_it_came(self, markup: str) -> None:
        assert item("primary").description == markup
        assert PluginItem.objects.get(name="pigeon").description == markup
        # A form of the admin takes its text without the white space around it, and with the line ends of HTML.
        assert item("secondary").description.split() == markup.split()
        assert {each.channel for each in Revision.objects.filter(reason=markup)} >= {"api", "command", "code"}

    def test_comes_back_from_the_api_as_json_and_nothing_else(self, markup: str) -> None:
        client, found = signed_in_as("reader"), 0
        for route in api_routes():
            if route.writes or route.operation.id == "docs":
                continue
            response = client.get(ROOT + route.path())
            assert response["Content-Type"] == "application/json"
            assert response.status_code == 200
            found += markup in texts_in(response.json())
        assert found >= 4

    def test_comes_back_in_a_refusal_as_json_too(self, markup: str) -> None:
        client = signed_in_as("reader")
        given = quote(markup, safe="")
        for path in (f"plugin-items/x{given}/", f"plugin-items/?status={given}", f"changes/?{given}=1"):
            response = client.get(ROOT + path)
            assert response.status_code in {400, 404}
            assert response["Content-Type"] == "application/problem+json"

    def test_runs_on_no_page_of_the_admin(self, markup: str) -> None:
        client, shown = signed_in_as("reader"), 0
        for url in every_page():
            response = client.get(url, follow=True)
            assert response.status_code in {200, 403}, url
            parsed = Parsed(response.content.decode())
            assert parsed.active == [], url
            shown += markup.split(maxsplit=1)[0] in " ".join(parsed.shown)
        assert shown >= 5

    def test_is_not_on_the_page_about_the_api(self, markup: str) -> None:
        response = signed_in_as("reader").get(f"{ROOT}docs/", {"q": markup})
        parsed = Parsed(response.content.decode())
        assert response.status_code in {200, 400}
        assert parsed.active == []

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_steers_no_terminal(self, markup: str, form: list[str]) -> None:
        words = (["list"], ["explain"], ["status"], ["history", "--limit", "50"])
        texts = [printed("pluginctl", *each, *form) for each in words]
        texts.append(printed("pluginsync", "--dry-run", "--mode", "update", *form))
        for text in texts:
            assert [char for char in text if not (char.isprintable() or char == "\n")] == []
        if form:
            assert markup in texts_in(json.loads(texts[3]))


class TestParsed:
    """The reader itself."""

    @pytest.mark.parametrize("name", ["a script", "an event", "an apostrophe", "a link", "an end of a script"])
    def test_finds_what_is_not_escaped(self, name: str) -> None:
        assert Parsed(f'<p title="x">{MARKUPS[name]}</p>').active != []


def is_script(address: str) -> bool:
    """Whether following the address runs it."""
    return address.strip().lower().startswith(("javascript:", "data:text", "vbscript:"))


def every_page() -> list[str]:
    """Return the address of every page of the admin, for every row there is."""
    found = ["/admin/plugin_system/pluginitem/?q=a", "/admin/plugin_system/revision/?q=a", "/admin/"]
    for page in admin_urls():
        if not page.name.endswith(("_add", "_delete")):
            rows = type(page.row())._base_manager.all() if page.has_target else [None]
            found += [page.path(None if row is None else row.pk) for row in rows]
    return found


def signed_in_as(name: str) -> Client:
    """Return the session of a superuser of that name, however odd."""
    user = User.objects.filter(username=name).first()
    if user is None:
        user = create("superuser")
        user.username = name
        user.save()
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, method: str, path: str, body: Any) -> None:
    response = client.generic(method, ROOT + path, json.dumps(body), content_type="application/json")
    assert response.status_code == 200, response.content


def post_form(client: Client, row: PluginItem, text: str) -> None:
    """Describe the item in the admin."""
    form = {
        "description": text,
        "status": row.status,
        "priority": row.priority,
        "reason": "In words",
        "seen": row.revision,
    }
    assert client.post(f"/admin/plugin_system/pluginitem/{row.pk}/change/", form).status_code == 302


def printed(*words: str) -> str:
    out = StringIO()
    try:
        call_command(*words, stdout=out)
    except SystemExit as end:
        assert end.code in {0, 1}  # noqa: PT017
    return out.getvalue()


def texts_in(document: Any) -> set[str]:
    """Return every text in a JSON document."""
    if isinstance(document, dict):
        return set().union(*(texts_in(each) for each in document.values()), document)
    if isinstance(document, list):
        return set().union(*map(texts_in, document))
    return {document} if isinstance(document, str) else set()
