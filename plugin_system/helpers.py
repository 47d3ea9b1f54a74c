"""How application code gets the plugin that serves."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar, overload

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

from plugin_system.choosing import Choice, key_of
from plugin_system.models import PluginType
from plugin_system.pending import pending
from plugin_system.rows import row_uuid
from plugin_system.services.resolution import construct_next, note_success, warn_of_unknown, why_nothing
from plugin_system.snapshot import default_follower, find_choice, ready_class, write_alias

logger = logging.getLogger(__name__)

T = TypeVar("T")

# An interface is abstract, and type checkers refuse an abstract class for ``type[T]``; as a callable they take it.
Interface = Callable[..., T]


@overload
def get_plugin_instance(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
def get_plugin_instance(plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any) -> T | None: ...
def get_plugin_instance(plugin_type: Any, manager: str | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Return a new instance of the plugin that serves, or ``None`` where nothing is usable or the type is unknown.

    Asked for by name and manager, ``("otp", "apps.otp")``, or by interface, ``(AbstractOTP)``. A plugin that cannot
    be instantiated is logged and skipped for the next in the chain. Extra arguments go to the type's ``get_plugin``,
    if it has one, whose exceptions pass through; by interface, put ``None`` before positional ones.

    A change that was committed more than ``PLUGIN_SYSTEM_MAX_STALENESS`` seconds before the call is seen.

    :raises RegistryNotReadyError: apps are still loading.
    :raises SnapshotTooOldError: the database is unreachable for longer than the host allows.
    """
    # The same as ready_class(), without the cost of a call.
    if monotonic() < default_follower.fresh_until and not pending:
        view: Any = default_follower.view
        try:
            plugin_class = view.by_interface[plugin_type] if manager is None else view.classes[manager][plugin_type]
        except (KeyError, TypeError):
            pass  # Not chosen yet, unknown, or no way to ask: find_choice() tells which.
        else:
            try:
                return plugin_class()
            except Exception as error:  # noqa: BLE001 - Whatever it raises, a healthy plugin may wait behind it.
                return _construct_after(plugin_class, error, plugin_type, manager, args, kwargs)
    return _construct(_find_choice(plugin_type, manager), args, kwargs)


@overload
def require_plugin_instance(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
def require_plugin_instance(plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any) -> T: ...
def require_plugin_instance(plugin_type: Any, manager: str | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Return a new instance of the plugin that serves; see :func:`get_plugin_instance`.

    :raises UnknownPluginTypeError: no such plugin type is registered or synced.
    :raises NothingUsableError: nothing is usable; the message gives the reason of each candidate.
    """
    instance = get_plugin_instance(plugin_type, manager, *args, **kwargs)
    if instance is None:
        raise why_nothing(key_of(plugin_type, manager))
    return instance


@overload
def get_plugin_class(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
def get_plugin_class(
    plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any
) -> Callable[..., T] | None: ...
def get_plugin_class(plugin_type: Any, manager: str | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Return the class of the plugin that serves, or ``None`` where nothing is usable or the type is unknown.

    Arguments as for :func:`get_plugin_instance`; nothing is instantiated.

    :raises RegistryNotReadyError: apps are still loading.
    :raises SnapshotTooOldError: the database is unreachable for longer than the host allows.
    """
    plugin_class = ready_class(plugin_type, manager)
    return plugin_class or _select_class(_find_choice(plugin_type, manager), args, kwargs)


@overload
def require_plugin_class(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
def require_plugin_class(
    plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any
) -> Callable[..., T]: ...
def require_plugin_class(plugin_type: Any, manager: str | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Return the class of the plugin that serves; see :func:`get_plugin_class`.

    :raises UnknownPluginTypeError: no such plugin type is registered or synced.
    :raises NothingUsableError: nothing is usable; the message gives the reason of each candidate.
    """
    plugin_class = get_plugin_class(plugin_type, manager, *args, **kwargs)
    if plugin_class is None:
        raise why_nothing(key_of(plugin_type, manager))
    return plugin_class


@overload
async def aget_plugin_instance(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
async def aget_plugin_instance(
    plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any
) -> T | None: ...
async def aget_plugin_instance(plugin_type: Any, manager: Any = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Do as :func:`get_plugin_instance`, without blocking the event loop.

    Only what may wait leaves for a thread: a refresh of the snapshot, a ``get_plugin``, and a constructor that asks the
    database.
    """
    plugin_class = ready_class(plugin_type, manager)
    if plugin_class is not None:
        try:
            return plugin_class()
        except SynchronousOnlyOperation:
            pass
        except Exception as error:  # noqa: BLE001 - Whatever it raises, a healthy plugin may wait behind it.
            return await sync_to_async(_construct_after)(plugin_class, error, plugin_type, manager, args, kwargs)
    return await sync_to_async(get_plugin_instance)(plugin_type, manager, *args, **kwargs)


@overload
async def aget_plugin_class(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
async def aget_plugin_class(
    plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any
) -> Callable[..., T] | None: ...
async def aget_plugin_class(plugin_type: Any, manager: Any = None, /, *args: Any, **kwargs: Any) -> Any:
    """Do as :func:`get_plugin_class`; only a refresh of the snapshot, or a ``get_plugin``, leaves for a thread."""
    plugin_class = ready_class(plugin_type, manager)
    if plugin_class is not None:
        return plugin_class
    return await sync_to_async(get_plugin_class)(plugin_type, manager, *args, **kwargs)


@overload
async def arequire_plugin_instance(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
async def arequire_plugin_instance(
    plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any
) -> T: ...
async def arequire_plugin_instance(plugin_type: Any, manager: str | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Do as :func:`require_plugin_instance`, without blocking the event loop.

    :raises UnknownPluginTypeError: no such plugin type is registered or synced.
    :raises NothingUsableError: nothing is usable; the message gives the reason of each candidate.
    """
    instance = await aget_plugin_instance(plugin_type, manager, *args, **kwargs)
    if instance is None:
        raise await sync_to_async(lambda: why_nothing(key_of(plugin_type, manager)))()
    return instance


@overload
async def arequire_plugin_class(plugin_type: str, manager: str, /, *args: Any, **kwargs: Any) -> Any: ...
@overload
async def arequire_plugin_class(
    plugin_type: Interface[T], manager: None = None, /, *args: Any, **kwargs: Any
) -> Callable[..., T]: ...
async def arequire_plugin_class(plugin_type: Any, manager: str | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """
    Do as :func:`require_plugin_class`, without blocking the event loop.

    :raises UnknownPluginTypeError: no such plugin type is registered or synced.
    :raises NothingUsableError: nothing is usable; the message gives the reason of each candidate.
    """
    plugin_class = await aget_plugin_class(plugin_type, manager, *args, **kwargs)
    if plugin_class is None:
        raise await sync_to_async(lambda: why_nothing(key_of(plugin_type, manager)))()
    return plugin_class


def _find_choice(plugin_type: Any, manager: str | None) -> Choice:
    choice = find_choice(plugin_type, manager)
    if choice.type_id is None and choice.plugin_class is None:
        warn_of_unknown(plugin_type, manager)
    return choice


def _construct(choice: Choice, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if choice.selector is not None:
        plugin_class = _select_class(choice, args, kwargs)
        return None if plugin_class is None else plugin_class()
    if choice.key is None or choice.plugin_class is None:
        return None
    try:
        instance = choice.plugin_class()
    except Exception as error:  # noqa: BLE001 - Whatever it raises, a healthy plugin may wait behind it.
        return _construct_after(choice.plugin_class, error, choice.key.name, choice.key.manager, args, kwargs)
    if choice.candidates:
        note_success(choice.key, choice.candidates[0][0])
    return instance


def _construct_after(
    failed: Callable[[], Any],
    error: Exception,
    plugin_type: Any,
    manager: str | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Return an instance by what is known now: a constructor can take long to fail, and somebody may have switched."""
    choice = find_choice(plugin_type, manager)
    if choice.plugin_class is failed and choice.selector is None:
        return construct_next(choice, error)
    logger.error("%r cannot be instantiated; by now another plugin serves, or none.", failed, exc_info=error)
    return _construct(choice, args, kwargs)


def _select_class(choice: Choice, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if choice.selector is None:
        return choice.plugin_class
    item = choice.selector(_type_row(choice), *args, **kwargs)
    return None if item is None else item.load_class()


def _type_row(choice: Choice) -> PluginType:
    """Return the plugin type without a query; what the snapshot does not hold is read on first use."""
    assert choice.key is not None
    values = [row_uuid(choice.type_id), choice.key.name, choice.key.manager]
    return PluginType.from_db(write_alias(), ["id", "name", "manager"], values)
