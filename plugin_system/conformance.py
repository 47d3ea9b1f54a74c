"""Whether a class can stand in for an interface: what it must have, and how its methods may be called."""

import inspect
from abc import ABCMeta
from functools import lru_cache
from types import FunctionType

from plugin_system.exceptions import InvalidInterfaceError, InvalidPluginClassError
from plugin_system.validation import shown

# What decides how a function may be called, besides its parameters: *args, **kwargs, and how it runs.
_KIND_FLAGS = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_COROUTINE
    | inspect.CO_GENERATOR
    | inspect.CO_ASYNC_GENERATOR
)

_MISSING = object()

Probe = tuple[tuple[None, ...], dict[str, None]]


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
