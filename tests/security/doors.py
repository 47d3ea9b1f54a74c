"""Every way in, as the URL resolver and the admin's registry have it: what is added is in here by itself."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from plugin_system.models import PluginItem, PluginType, Revision
from plugin_system_api.operations import Operation
from tests.factories import OTP, PRIMARY, SECONDARY

PACKAGES = ("plugin_system.", "plugin_system_api.")
# Parts of Django's admin that show rows of ours without being named after a model.
SHARED = {"index", "app_list", "autocomplete", "password_change", "jsi18n"}


class Route(NamedTuple):
    """One URL of the REST API with one of its methods."""

    method: str
    pattern: URLPattern
    operation: Operation

    @property
    def name(self) -> str:
        return f"{self.method} {self.operation.id}"

    @property
    def writes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    def path(self, **targets: str) -> str:
        """Return the path below the API's root; targets are ids or keys, by default those of rows that exist."""
        given = {"type": str(OTP), "item": str(SECONDARY), "revision": _newest(), **targets}
        wanted = self.pattern.pattern.regex.groupindex  # type: ignore[attr-defined]
        path = self.pattern.pattern.regex.pattern.removeprefix("^").removesuffix("/?$")  # type: ignore[attr-defined]
        for name in wanted:
            start = path.index(f"(?P<{name}>")
            end = _closing(path, start)
            path = f"{path[:start]}{quote(given[name], safe=':/')}{path[end + 1 :]}"
        return f"{path}/"

    @property
    def targets(self) -> list[str]:
        """The names of the rows that the URL names."""
        return sorted(self.pattern.pattern.regex.groupindex)  # type: ignore[attr-defined]


class AdminUrl(NamedTuple):
    """One URL of the admin that has to do with the plugin system."""

    name: str
    pattern: URLPattern

    def path(self, target: Any = None) -> str:
        """Return the path; ``target`` is the primary key in it, by default that of a row that exists."""
        names = self.pattern.pattern.converters or self.pattern.pattern.regex.groupindex  # type: ignore[attr-defined]
        if not names:
            return reverse(f"admin:{self.name}")
        if self.name == "app_list":
            return reverse("admin:app_list", kwargs={"app_label": "plugin_system"})
        return reverse(f"admin:{self.name}", args=[quote(str(target or self.row().pk), safe="")])

    def row(self) -> Any:
        """Return a row of the model that the URL is of."""
        models = {"plugintype": PluginType, "pluginitem": PluginItem, "revision": Revision}
        model = next(model for name, model in models.items() if f"_{name}_" in self.name)
        return model._default_manager.order_by("pk").first() if model is not PluginItem else _primary()

    @property
    def has_target(self) -> bool:
        return bool(self.pattern.pattern.converters) and self.name != "app_list"


def every_pattern() -> Iterator[tuple[URLPattern, tuple[str, ...]]]:
    """Yield every URL pattern of the host project, with the namespaces that it is in."""
    yield from _below(get_resolver(), ())


def api_routes() -> list[Route]:
    """Return every route of the REST API, found by what module its view is from."""
    found = []
    for pattern, _ in every_pattern():
        view = getattr(pattern.callback, "cls", None)
        if view is not None and f"{view.__module__}.".startswith(PACKAGES):
            actions: dict[str, str] = pattern.callback.actions  # type: ignore[union-attr]
            found += [
                Route(method.upper(), pattern, getattr(view, action).operation)
                for method, action in actions.items()
                # A view set answers HEAD as GET, and adds it to its actions when it is first asked anything.
                if method != "head"
            ]
    return sorted(found, key=lambda route: route.name)


def admin_urls() -> list[AdminUrl]:
    """Return every URL of the admin that shows or changes rows of ours."""
    labels = {f"{each._meta.app_label}_{each._meta.model_name}_" for each in our_admins()}
    found = {}
    for pattern, namespaces in every_pattern():
        name = pattern.name or ""
        ours = any(name.startswith(label) for label in labels)
        if namespaces == ("admin",) and (ours or name == "app_list"):
            found[name] = AdminUrl(name, pattern)
    return [found[name] for name in sorted(found)]


def unclaimed_patterns() -> list[str]:
    """Return the URL patterns that lead into our packages and that neither list above has."""
    claimed = {id(each.pattern) for each in (*api_routes(), *admin_urls())}
    return [
        str(pattern.pattern)
        for pattern, _ in every_pattern()
        if id(pattern) not in claimed and f"{_module_of(pattern.callback)}.".startswith(PACKAGES)
    ]


def our_admins() -> dict[Any, admin.ModelAdmin]:
    """Return the admin classes that the packages register, by model."""
    return {
        model: model_admin
        for model, model_admin in admin.site._registry.items()
        if type(model_admin).__module__.startswith("plugin_system.")
    }


def admin_actions() -> list[tuple[str, str]]:
    """Return model and name of every bulk action, those included that the site gives to every model."""
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    return sorted(
        (model._meta.model_name, name)
        for model, model_admin in our_admins().items()
        if model_admin.actions is not None
        for name in {*model_admin.get_actions(request), *dict(admin.site.actions)}
    )


def _below(resolver: URLResolver, namespaces: tuple[str, ...]) -> Iterator[tuple[URLPattern, tuple[str, ...]]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _below(each, (*namespaces, each.namespace) if each.namespace else namespaces)
        else:
            yield each, namespaces


def _module_of(callback: Callable[..., Any]) -> str:
    """Return the module that a view is written in, through what Django's admin wraps around it."""
    wrapped: Any = callback
    while hasattr(wrapped, "__wrapped__"):
        wrapped = wrapped.__wrapped__
    owner = getattr(wrapped, "__self__", None)
    return getattr(wrapped, "cls", type(owner) if owner is not None else wrapped).__module__


def _closing(pattern: str, start: int) -> int:
    """Return where the group that starts there ends."""
    depth = 0
    for index in range(start, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[index], 0)
        if depth == 0:
            return index
    raise ValueError(pattern)


def _newest() -> str:
    """Return the number of the newest revision."""
    return str(Revision.objects.order_by("number").values_list("pk", flat=True).last())


def _primary() -> PluginItem:
    return PluginItem.objects.get(name=PRIMARY.name, module=PRIMARY.module)
