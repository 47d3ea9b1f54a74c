"""The three doors, each as whoever uses it: a client of the API, a browser in the admin, a shell."""

import io
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from plugin_system.choices import Channel, PluginStatus
from plugin_system.models import PluginItem, PluginType
from tests.admin.pages import LIST, REVISIONS, TYPES, Browser, Page, quick_edit
from tests.api.caller import Caller, Reply
from tests.factories import OTP, item

WHO, WHY = "ops", "INC-12"
# The forms of the pages that ask.
ASK, SYNC = "plugin-ask", "plugin-sync"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a door said; ``refused`` where it did not do what it was asked."""

    refused: bool
    text: str


class Door(ABC):
    """A way in. ``insists`` is ``--force``, ``previews`` is ``--dry-run``; the reason is the same for every act."""

    channel: ClassVar[Channel]

    def __init__(self, reason: str = WHY) -> None:
        self.reason = reason

    @abstractmethod
    def give_status(self, status: PluginStatus, *names: str, insists: bool = False, previews: bool = False) -> Answer:
        """Give the items a status."""

    @abstractmethod
    def give_priority(self, priorities: Mapping[str, int], *, previews: bool = False) -> Answer:
        """Give each item its priority."""

    @abstractmethod
    def promote(self, name: str, *, insists: bool = False, previews: bool = False) -> Answer:
        """Make the item the one that serves."""

    @abstractmethod
    def revert(self, number: int, *, insists: bool = False, previews: bool = False) -> Answer:
        """Undo a revision."""

    @abstractmethod
    def sync(self, *, mode: str = "create", prune_missing: bool = False, previews: bool = False) -> Answer:
        """Make the rows follow the code, those of apps that are gone included."""

    @abstractmethod
    def explain(self) -> str:
        """Return what is told of the host project's plugin type."""

    @abstractmethod
    def status(self) -> Answer:
        """Return what is told of the whole, refused where not all is well."""

    @abstractmethod
    def history(self) -> str:
        """Return what is told of what was done."""


class Api(Door):
    """A client of the REST API."""

    channel = Channel.API

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        sign_up()
        self.caller = Caller(WHO, raise_request_exception=False)
        self.client = self.caller.client

    def give_status(self, status: PluginStatus, *names: str, insists: bool = False, previews: bool = False) -> Answer:
        body = {"status": status.value, "force": insists, "dry_run": previews}
        if len(names) == 1:
            return self._patch(names[0], body)
        return self._post(
            "plugin-items/bulk-status/", {**body, "select": {"ids": [str(item(name).pk) for name in names]}}
        )

    def give_priority(self, priorities: Mapping[str, int], *, previews: bool = False) -> Answer:
        if len(priorities) == 1:
            ((name, priority),) = priorities.items()
            return self._patch(name, {"priority": priority, "dry_run": previews})
        items = [{"id": str(item(name).pk), "priority": priority} for name, priority in priorities.items()]
        return self._post("plugin-items/bulk-priority/", {"items": items, "dry_run": previews})

    def promote(self, name: str, *, insists: bool = False, previews: bool = False) -> Answer:
        return self._post(f"plugin-items/{item(name).key}/promote/", {"force": insists, "dry_run": previews})

    def revert(self, number: int, *, insists: bool = False, previews: bool = False) -> Answer:
        return self._post(f"changes/{number}/revert/", {"force": insists, "dry_run": previews})

    def sync(self, *, mode: str = "create", prune_missing: bool = False, previews: bool = False) -> Answer:
        body = {"mode": mode, "prune": True, "prune_missing": prune_missing, "dry_run": previews}
        return self._post("sync/", body)

    def explain(self) -> str:
        candidates = self.caller.get(f"plugin-types/{OTP}/resolve-active/").body["candidates"]
        return " ".join(f"{each['item']['name']} {each['explanation']}" for each in candidates)

    def status(self) -> Answer:
        return _answered(self.caller.get("status/"))

    def history(self) -> str:
        return _answered(self.caller.get("changes/")).text

    def _patch(self, name: str, body: dict[str, Any]) -> Answer:
        return _answered(self.caller.patch(f"plugin-items/{item(name).key}/", {**body, "reason": self.reason}))

    def _post(self, path: str, body: dict[str, Any]) -> Answer:
        return _answered(self.caller.post(path, {**body, "reason": self.reason}))


class Admin(Door):
    """A browser in the Django admin."""

    channel = Channel.ADMIN
    actions: ClassVar = {
        PluginStatus.ACTIVE: "activate",
        PluginStatus.RESERVED: "reserve",
        PluginStatus.DISABLED: "disable",
    }

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.client = Client(raise_request_exception=False)
        self.client.force_login(sign_up())
        self.browser = Browser(self.client)

    def give_status(self, status: PluginStatus, *names: str, insists: bool = False, previews: bool = False) -> Answer:
        if len(names) == 1:
            return self._save(item(names[0]), insists=insists, previews=previews, status=status.value)
        form = self.browser.get(LIST).form("changelist-form")
        ticked = [str(item(name).pk) for name in names]
        button = {"_preview": "index"} if previews else {"index": "0"}
        post = form.filled(action=self.actions[status], _selected_action=ticked, reason=self.reason, **button)
        return self._end(LIST, self.browser.post(LIST, post), insists=insists, previews=previews)

    def give_priority(self, priorities: Mapping[str, int], *, previews: bool = False) -> Answer:
        if len(priorities) == 1:
            ((name, priority),) = priorities.items()
            return self._save(item(name), insists=False, previews=previews, priority=str(priority))
        edits = {item(name): {"priority": str(priority)} for name, priority in priorities.items()}
        post = quick_edit(self.browser.get(LIST), edits, reason=self.reason)
        if previews:
            post["_preview"] = post.pop("_save") and "_save"
        return self._end(LIST, self.browser.post(LIST, post), previews=previews)

    def promote(self, name: str, *, insists: bool = False, previews: bool = False) -> Answer:
        return self._confirm(f"{LIST}{item(name).pk}/promote/", insists=insists, previews=previews)

    def revert(self, number: int, *, insists: bool = False, previews: bool = False) -> Answer:
        return self._confirm(f"{REVISIONS}{number}/revert/", insists=insists, previews=previews)

    def sync(self, *, mode: str = "create", prune_missing: bool = False, previews: bool = False) -> Answer:
        chosen = {"mode": mode, "prune": "on", **({"prune_missing": "on"} if prune_missing else {})}
        page = self.browser.get(f"{TYPES}sync/", **chosen)
        if previews:
            return Answer(refused=False, text=page.text)
        return self._end(TYPES, self.browser.post(f"{TYPES}sync/", page.form(SYNC).filled(reason=self.reason)))

    def explain(self) -> str:
        row = PluginType.objects.get(manager=OTP.manager, name=OTP.name)
        return self.browser.get(f"{TYPES}{row.pk}/change/").text

    def status(self) -> Answer:
        text = self.browser.get(TYPES).text
        return Answer(refused="has nothing usable" in text, text=text)

    def history(self) -> str:
        return self.browser.get(REVISIONS).text

    def _save(self, row: PluginItem, *, insists: bool, previews: bool, **changes: str) -> Answer:
        path = f"{LIST}{row.pk}/change/"
        form = self.browser.get(path).form("pluginitem_form")
        button = {"_preview": "_save"} if previews else {"_save": "Save"}
        page = self.browser.post(path, form.filled(reason=self.reason, **button, **changes))
        return self._end(path, page, insists=insists, previews=previews)

    def _confirm(self, path: str, *, insists: bool, previews: bool) -> Answer:
        page = self.browser.get(path)
        if previews or ASK not in {form.attributes.get("id") for form in page.forms}:
            return Answer(refused=not previews, text=page.text)
        force = page.form(ASK).fields.get("_force") if insists else None
        return self._end(path, self.browser.post(path, page.form(ASK).filled(reason=self.reason, _force=force)))

    def _end(self, path: str, page: Page, *, insists: bool = False, previews: bool = False) -> Answer:
        """Insist on the page that asks, or take it for a refusal, unless it was asked for."""
        asking = {ASK, SYNC} & {form.attributes.get("id") for form in page.forms} if not previews else set()
        if asking and insists:
            return self._end(path, self.browser.post(path, page.form(ASK).filled(reason=self.reason)))
        return Answer(refused=bool(asking or page.errors) or page.status >= 400, text=page.text)


class CommandLine(Door):
    """A shell."""

    channel = Channel.COMMAND
    verbs: ClassVar = {
        PluginStatus.ACTIVE: "enable",
        PluginStatus.RESERVED: "reserve",
        PluginStatus.DISABLED: "disable",
    }

    def give_status(self, status: PluginStatus, *names: str, insists: bool = False, previews: bool = False) -> Answer:
        keys = [str(item(name).key) for name in names]
        return self._write(self.verbs[status], *keys, insists=insists, previews=previews)

    def give_priority(self, priorities: Mapping[str, int], *, previews: bool = False) -> Answer:
        words = [word for name, priority in priorities.items() for word in (str(item(name).key), str(priority))]
        return self._write("priority", *words, previews=previews)

    def promote(self, name: str, *, insists: bool = False, previews: bool = False) -> Answer:
        return self._write("promote", str(item(name).key), insists=insists, previews=previews)

    def revert(self, number: int, *, insists: bool = False, previews: bool = False) -> Answer:
        return self._write("revert", str(number), insists=insists, previews=previews)

    def sync(self, *, mode: str = "create", prune_missing: bool = False, previews: bool = False) -> Answer:
        words = ["--mode", mode, "--reason", self.reason, "--actor", WHO]
        words += [name for name, given in (("--prune-missing", prune_missing), ("--dry-run", previews)) if given]
        return _run("pluginsync", *words)

    def explain(self) -> str:
        return _run("pluginctl", "explain", str(OTP)).text

    def status(self) -> Answer:
        return _run("pluginctl", "status")

    def history(self) -> str:
        return _run("pluginctl", "history").text

    def _write(self, verb: str, *words: str, insists: bool = False, previews: bool = False) -> Answer:
        options = [name for name, given in (("--force", insists), ("--dry-run", previews)) if given]
        return _run("pluginctl", verb, *words, "--reason", self.reason, "--actor", WHO, *options)


DOORS: dict[str, type[Door]] = {"api": Api, "admin": Admin, "command line": CommandLine}


def sign_up() -> User:
    """Return a new member of staff who may do everything in the plugin system."""
    user = User.objects.create_user(WHO, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="plugin_system"))
    return user


def rows() -> dict[str, tuple[str, int, str, int, Any]]:
    """Return what an operator, a sync or a poller could see of each item."""
    fields = ("name", "status", "priority", "description", "revision", "archived")
    return {name: (status, *rest) for name, status, *rest in PluginItem.all_objects.values_list(*fields)}


def _answered(reply: Reply) -> Answer:
    return Answer(refused=reply.status >= 400, text=json.dumps(reply.body, ensure_ascii=False))


def _run(*words: str) -> Answer:
    out = io.StringIO()
    try:
        call_command(*words, stdout=out)
    except CommandError as error:
        return Answer(refused=True, text=str(error))
    except SystemExit as end:
        return Answer(refused=bool(end.code), text=out.getvalue())
    return Answer(refused=False, text=out.getvalue())
