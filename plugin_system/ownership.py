"""Which installed app a module name belongs to."""

from collections.abc import Iterator

from django.apps import apps


def is_installed(module: str) -> bool:
    """
    Whether ``module`` is an installed app, or a dotted name below one.

    Apps go by ``AppConfig.name``, whatever ``INSTALLED_APPS`` calls them.
    """
    names = {config.name for config in apps.get_app_configs()}
    return any(name in names for name in _with_parents(module))


def possible_names(owner: str) -> list[str]:
    """Return the names under which an app may be known that somebody calls ``owner``: its own, and by its AppConfig."""
    paths = {f"{type(config).__module__}.{type(config).__qualname__}": config.name for config in apps.get_app_configs()}
    names = [owner, paths.get(owner), containing_app(owner)]
    return list(dict.fromkeys(name for name in names if name is not None))


def containing_app(module: str) -> str | None:
    """Return the name of the innermost installed app that contains ``module``, or ``None``."""
    config = apps.get_containing_app_config(module)
    return None if config is None else config.name


def _with_parents(module: str) -> Iterator[str]:
    while module:
        yield module
        module = module.rpartition(".")[0]
