"""What makes a registration wrong, judged from the registration alone."""

import inspect
import unicodedata
from abc import ABCMeta
from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any

from django.utils.functional import Promise

from plugin_system.choices import NAME_MAX_LENGTH, PRIORITY_MAX, PRIORITY_MIN, PluginStatus
from plugin_system.exceptions import (
    InvalidArgumentsError,
    InvalidInterfaceError,
    InvalidNameError,
    InvalidPluginClassError,
    InvalidPriorityError,
)

# What decides how a function may be called, besides its parameters: *args, **kwargs, and how it runs.
_KIND_FLAGS = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_COROUTINE
    | inspect.CO_GENERATOR
    | inspect.CO_ASYNC_GENERATOR
)

# What a message shows as it is.
_PLAIN = (type, str, int, float, tuple, list, FunctionType, type(None))

_MISSING = object()

Probe = tuple[tuple[None, ...], dict[str, None]]


def check_name(value: object, field: str) -> str:
    """
    Return ``value`` if it can be part of a key.

    :raises InvalidNameError: it is no text, blank, longer than 100 characters, padded with white space, or has a
        colon, a slash or a character that is not printable.
    """
    if not isinstance(value, str):
        raise InvalidNameError(f"{field} must be a text, not {value!r}.")
    if not value.strip():
        raise InvalidNameError(f"{field} is blank; give it a name.")
    if len(value) > NAME_MAX_LENGTH:
        raise InvalidNameError(f"{field} {value!r} has {len(value)} characters; at most {NAME_MAX_LENGTH} fit.")
    if value != value.strip() or not value.isprintable() or ":" in value or "/" in value:
        raise InvalidNameError(
            f"{field} {value!r} has a colon, a slash, a control character or white space around it; keys reserve these."
        )
    return value


def fold(text: str) -> str:
    """Return the form in which two names are equal to a database that ignores case and accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def check_priority(value: object) -> int | None:
    """
    Return ``value`` if it is a priority, or ``None`` for "not stated".

    :raises InvalidPriorityError: it is not an integer from -32768 to 32767.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not PRIORITY_MIN <= value <= PRIORITY_MAX:
        raise InvalidPriorityError(
            f"priority {value!r} must be an integer from {PRIORITY_MIN} to {PRIORITY_MAX}; lower wins."
        )
    return value


def check_status(value: object) -> PluginStatus:
    """
    Return ``value`` as the status that a new row starts with.

    :raises InvalidArgumentsError: it is not one of ``active``, ``reserve``, ``disable``.
    """
    try:
        return PluginStatus(str(value))
    except ValueError:
        raise InvalidArgumentsError(
            f"status {value!r} must be one of {', '.join(map(repr, PluginStatus.values))}."
        ) from None


def check_description(value: object) -> str:
    """
    Return ``value`` if it is a description; ``None`` counts as none.

    :raises InvalidArgumentsError: it is neither a text (a lazy translation included) nor ``None``, or no database
        keeps it.
    """
    if value is None:
        return ""
    if not isinstance(value, str | Promise):
        raise InvalidArgumentsError(f"description must be a text, not {shown(value)}.")
    text = str(value)
    if not is_storable(text):
        raise InvalidArgumentsError(f"description {text!r} has a character that no database keeps; leave it out.")
    return text


def is_storable(text: str) -> bool:
    """Whether every database can hold the text: PostgreSQL has no NUL, and none has half of a surrogate."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def check_interface(value: object) -> type:
    """
    Return ``value`` if plugin classes can be held against it.

    :raises InvalidInterfaceError: it is not an abstract base class with at least one abstract method.
    """
    if not isinstance(value, ABCMeta):
        raise InvalidInterfaceError(f"interface {value!r} must be an abstract base class: derive it from abc.ABC.")
    if not value.__abstractmethods__:
        raise InvalidInterfaceError(
            f"interface {value!r} has no abstract method; mark what a plugin must implement with @abstractmethod."
        )
    return value


def check_selector(value: object) -> Callable[..., Any] | None:
    """
    Return ``value`` if it can override the choice of an item.

    :raises InvalidArgumentsError: it is neither callable nor ``None``.
    """
    if value is not None and not callable(value):
        raise InvalidArgumentsError(f"get_plugin must be callable, not {shown(value)}.")
    return value


def shown(value: object) -> str:
    """Return a value for a message; an object goes by its class, as its repr may have passwords in it."""
    return repr(value) if isinstance(value, _PLAIN) else f"an instance of {type(value).__name__!r}"


def named(function: Callable[..., Any] | None) -> str:
    """Return what a function is called; the repr of a partial one would show its arguments."""
    if function is None:
        return "None"
    function = getattr(function, "func", function)
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


def check_class(value: object) -> type:
    """
    Return ``value`` if it is a class that can be instantiated.

    :raises InvalidPluginClassError: it is no class, or still abstract.
    """
    if not isinstance(value, type):
        raise InvalidPluginClassError(f"plugin_class must be a class, not {shown(value)}; do not instantiate it.")
    missing = getattr(value, "__abstractmethods__", None)
    if missing:
        raise InvalidPluginClassError(f"{value!r} is still abstract; implement {', '.join(sorted(missing))}.")
    return value


def check_implements(plugin_class: type, interface: type) -> None:
    """
    Refuse a class that cannot be used wherever its interface is expected.

    Virtual subclasses count, and are checked for the methods.

    :raises InvalidPluginClassError: it is the interface, does not implement it, lacks one of its methods, or has one
        that cannot be called as the interface says.
    """
    if plugin_class is interface:
        raise InvalidPluginClassError(f"{plugin_class!r} is the interface itself; register a class that implements it.")
    if not _is_subclass(plugin_class, interface):
        raise InvalidPluginClassError(
            f"{plugin_class!r} does not implement {interface!r}; derive it from the interface."
        )
    for name, declared, probes in _contract(interface):
        found = inspect.getattr_static(plugin_class, name, _MISSING)
        if found is declared:
            continue
        if found is _MISSING:
            raise InvalidPluginClassError(f"{plugin_class!r} has no {name!r}, which {interface!r} demands.")
        if probes is not None:
            _check_method(plugin_class, interface, name, found, declared, probes)


def _is_subclass(plugin_class: type, interface: type) -> bool:
    try:
        return issubclass(plugin_class, interface)
    except TypeError:  # A Protocol that cannot be asked: it is not runtime_checkable, or has more than methods.
        return interface in plugin_class.__mro__


def _check_method(
    plugin_class: type, interface: type, name: str, found: object, declared: object, probes: list[Probe]
) -> None:
    if _has_same_parameters(found, declared):
        return
    function = _function(found)
    if not callable(getattr(plugin_class, name)) or isinstance(found, property):
        raise InvalidPluginClassError(f"{name!r} of {plugin_class!r} is not a method, as in {interface!r}.")
    if inspect.iscoroutinefunction(function) and not inspect.iscoroutinefunction(_function(declared)):
        raise InvalidPluginClassError(
            f"{name!r} of {plugin_class!r} is a coroutine, but callers of {interface!r} do not await it."
        )
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):  # Written in C, without a signature: nothing to compare.
        return
    own = (None,) if _gets_self(found) else ()
    for args, kwargs in probes:
        try:
            signature.bind(*own, *args, **kwargs)
        except TypeError as error:
            expected = inspect.signature(_function(declared))  # type: ignore[arg-type]
            raise InvalidPluginClassError(
                f"{name!r} of {plugin_class!r} has the signature {signature}, but {interface!r} promises callers "
                f"{expected}: {error}. Give it the interface's parameters; more need defaults."
            ) from None


@lru_cache(maxsize=256)
def _contract(interface: type) -> tuple[tuple[str, object, list[Probe] | None], ...]:
    """Return what ``interface`` demands: per public or abstract member its name, declaration and calls to accept."""
    abstract: frozenset[str] = getattr(interface, "__abstractmethods__", frozenset())
    names = abstract | {
        name
        for base in interface.__mro__
        if base.__module__ not in {"abc", "builtins", "typing"}
        for name in vars(base)
        if not name.startswith("_")
    }
    members = ((name, inspect.getattr_static(interface, name)) for name in sorted(names))
    return tuple((name, declared, _probes(declared)) for name, declared in members)


def _probes(declared: object) -> list[Probe] | None:
    """Return calls that ``declared`` accepts and so every implementation must; ``None`` where it is no method."""
    if not inspect.isfunction(_function(declared)):
        return None
    kinds = inspect.Parameter
    parameters = list(inspect.signature(_function(declared)).parameters.values())  # type: ignore[arg-type]
    if _gets_self(declared) and parameters and parameters[0].kind is not kinds.VAR_POSITIONAL:
        del parameters[0]
    positional = [p for p in parameters if p.kind in {kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD}]
    required = sum(1 for p in positional if p.default is kinds.empty)
    only = sum(1 for p in positional if p.kind is kinds.POSITIONAL_ONLY)
    keywords = [p for p in parameters if p.kind is kinds.KEYWORD_ONLY]
    needed: dict[str, None] = {p.name: None for p in keywords if p.default is kinds.empty}
    every: dict[str, None] = {p.name: None for p in keywords}
    surplus = (None,) if any(p.kind is kinds.VAR_POSITIONAL for p in parameters) else ()
    if any(p.kind is kinds.VAR_KEYWORD for p in parameters):
        every["any_other_keyword"] = None
    by_name: dict[str, None] = {p.name: None for p in positional[only:]}
    return [
        ((None,) * required, needed),
        ((None,) * len(positional) + surplus, every),
        ((None,) * only, {**by_name, **every}),
    ]


def _has_same_parameters(found: object, declared: object) -> bool:
    """Whether two plain functions take the same parameters: the usual case, seen without the cost of a signature."""
    if (
        type(found) is not FunctionType
        or type(declared) is not FunctionType
        or found.__dict__
        or declared.__dict__.keys() - {"__isabstractmethod__"}
    ):
        return False
    mine, theirs = found.__code__, declared.__code__
    count = theirs.co_argcount + theirs.co_kwonlyargcount
    return (
        mine.co_argcount == theirs.co_argcount
        and mine.co_posonlyargcount == theirs.co_posonlyargcount
        and mine.co_kwonlyargcount == theirs.co_kwonlyargcount
        and mine.co_flags & _KIND_FLAGS == theirs.co_flags & _KIND_FLAGS
        and mine.co_varnames[:count] == theirs.co_varnames[:count]
        and found.__defaults__ == declared.__defaults__
        and found.__kwdefaults__ == declared.__kwdefaults__
    )


def _function(member: object) -> object:
    return getattr(member, "__func__", member)


def _gets_self(member: object) -> bool:
    """Whether Python passes ``self`` or ``cls`` to the member: not to a static method, nor to a callable object."""
    return hasattr(type(member), "__get__") and not isinstance(member, staticmethod)
