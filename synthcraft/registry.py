"""Plug-ins by name: loaded when asked for, third-party ones through entry points."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar, cast

from synthcraft.errors import Problem, UserError, nearest

T = TypeVar("T")


def load_object(target: str) -> Any:
    """The object that ``"package.module:attribute"`` names.

    >>> load_object("math:pi") > 3
    True
    """
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


class Registry(Generic[T]):
    """Names of one kind of plug-in and the cards that describe them.

    Built-in names come as ``{name: "module:attribute"}``; installed packages add theirs under the
    entry-point group ``synthcraft.<kind>``. Entry points are read once, at the first look-up; a
    name that two packages claim is an error.

    >>> numbers = Registry[float]("number", {"pi": "math:pi"})
    >>> numbers.names()
    ('pi',)
    >>> numbers.get("pie")
    Traceback (most recent call last):
    ...
    synthcraft.errors.UserError: unknown number 'pie'. Did you mean 'pi'?
    """

    def __init__(self, kind: str, builtin: Mapping[str, str]) -> None:
        self.kind = kind
        self._builtin = dict(builtin)
        self._targets: dict[str, str] | None = None
        self._loaded: dict[str, T] = {}

    def _all(self) -> dict[str, str]:
        if self._targets is None:
            targets = dict(self._builtin)
            for point in entry_points(group=f"synthcraft.{self.kind}"):
                if point.name in targets:
                    raise UserError(
                        [
                            Problem(
                                "",
                                f"{self.kind} {point.name!r} of {point.value} is already taken "
                                f"by {targets[point.name]}",
                                "Uninstall one of the two packages.",
                            )
                        ]
                    )
                targets[point.name] = point.value
            self._targets = targets
        return self._targets

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._all()))

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[T]:
        return (self.get(name) for name in self.names())

    def get(self, name: str) -> T:
        """The card of this name.

        Raises
        ------
        UserError
            When there is none (the nearest name is told), or its package is broken.
        """
        if name not in self._all():
            raise UserError(
                [Problem("", f"unknown {self.kind} {name!r}", nearest(name, self.names()))]
            )
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> T:
        target = self._all()[name]
        try:
            return cast(T, load_object(target))
        except Exception as exc:  # code of another package may raise anything
            raise UserError(
                [
                    Problem(
                        "",
                        f"{self.kind} {name!r} cannot be loaded from {target} "
                        f"({type(exc).__name__}: {exc})",
                        "Repair or uninstall the package that brings it.",
                    )
                ]
            ) from exc
