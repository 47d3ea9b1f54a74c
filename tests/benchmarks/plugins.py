"""Plugin types and items in any number, for every subject alike."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

APP = "tests.benchmarks.host"
DESCRIPTION = "What people read about it in a list, in a sentence of usual length."


def make_interface() -> type:
    """Return a new interface with two methods."""

    class Interface(ABC):
        @abstractmethod
        def send(self, number: str, code: str) -> str: ...
        @abstractmethod
        def status(self, ident: str) -> str: ...

    Interface.__module__ = APP
    return Interface


def make_class(interface: Any) -> type:
    """Return a new class that implements the interface."""

    class Implementation(interface):
        def send(self, number: str, code: str) -> str:
            return code

        def status(self, ident: str) -> str:
            return ident

    Implementation.__module__ = APP
    return Implementation


def type_names(status: str, types: int) -> list[str]:
    """Return the names of the types whose items all have this status."""
    return [f"{status}_{number}" for number in range(types)]


def item_names(items: int) -> Iterator[tuple[str, int]]:
    """Yield the name and the priority of each item of a type."""
    return ((f"item_{number}", number) for number in range(items))
