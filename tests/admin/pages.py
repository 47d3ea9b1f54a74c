"""A page as a browser has it: its forms can be filled in and sent again, with every hidden field."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from plugin_system.models import PluginItem, Revision

LIST = "/admin/plugin_system/pluginitem/"
TYPES = "/admin/plugin_system/plugintype/"
REVISIONS = "/admin/plugin_system/revision/"


class Form:
    """The fields of one form, ready to be posted."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.fields: dict[str, list[str]] = {}
        self.buttons: list[tuple[str, str]] = []

    def add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)

    def filled(self, **changes: Any) -> dict[str, Any]:
        """Return the data of a post, with changes; ``None`` leaves a field out."""
        data: dict[str, Any] = {**self.fields, **changes}
        return {name: value for name, value in data.items() if value is not None}


class Page(HTMLParser):
    """What a reply shows."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response
        self.status = response.status_code
        self.html = response.content.decode()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self._open: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._option: str | None = None
        self._textarea: str | None = None
        self._link: str | None = None
        self.messages: list[str] = []
        self.errors: list[str] = []
        self._list: list[str] | None = None
        self.feed(self.html.replace("<wbr>", ""))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def form(self, identity: str = "") -> Form:
        """Return the form of that id; without one, the last."""
        if not identity:
            return self.forms[-1]
        return next(form for form in self.forms if form.attributes.get("id") == identity)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if tag == "form":
            self._form = Form(given)
            self.forms.append(self._form)
        elif tag == "ul" and ("messagelist" in classes or "errorlist" in classes):
            self._list = self.messages if "messagelist" in classes else self.errors
        elif tag == "li" and self._list is not None:
            self._list.append("")
        elif tag == "a":
            self._link = given.get("href", "")
        if self._form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind == "submit":
                self._form.buttons.append((name, given.get("value", "")))
            elif kind not in {"checkbox", "radio"} or "checked" in given:
                self._form.add(name, given.get("value", ""))
        elif tag == "button" and name:
            self._form.buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form.fields):
            self._form.fields[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._textarea = name
            self._form.fields[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None
        elif tag == "ul":
            self._list = None
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None and self._form is not None:
            held = self._form.fields[self._textarea]
            held[0] = held[0] + data if held[0] else data.lstrip("\r\n")
            return
        self.words.append(data)
        if self._list is not None and self._list:
            self._list[-1] = " ".join(f"{self._list[-1]}{data}".split())
        if self._link is not None and data.strip():
            self.links.setdefault(data.strip(), self._link)


class Browser:
    """One person's session with the admin."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> Page:
        return Page(self.client.get(path, query or None, follow=True))

    def post(self, path: str, data: dict[str, Any]) -> Page:
        return Page(self.client.post(path, data, follow=True))

    def act(self, action: str, *rows: PluginItem, **fields: Any) -> Page:
        """Tick the rows in the list, choose the action and press Go."""
        form = self.get(LIST).form("changelist-form")
        ticked = [str(row.pk) for row in rows]
        return self.post(LIST, form.filled(action=action, index="0", _selected_action=ticked, **fields))


def quick_edit(page: Page, changes: dict[PluginItem, dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return the post of a list in which these rows were changed, and Save was pressed."""
    form = page.form("changelist-form")
    index = {
        values[0]: name.removesuffix("-id")
        for name, values in form.fields.items()
        if re.fullmatch(r"form-\d+-id", name)
    }
    edits = {f"{index[str(row.pk)]}-{name}": value for row, values in changes.items() for name, value in values.items()}
    return form.filled(_save="Save", **edits, **fields)


def newest() -> int:
    """Return the number of the newest revision."""
    return Revision.objects.latest("number").number


def change_path(number: int) -> str:
    """Return the address of the page of a revision."""
    return f"{REVISIONS}{number}/change/"


def revert_path(number: int) -> str:
    """Return the address of the page that asks whether to revert a revision."""
    return f"{REVISIONS}{number}/revert/"
