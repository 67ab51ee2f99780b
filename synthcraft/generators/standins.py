"""Stand-ins for packages that synthcity imports but no tabular generator uses.

Only dpgan uses one of them, opacus, and asks for the real one when it is fitted.

They save two thirds of synthcity's import time, and let the set-up leave most of those packages
out (image and language models, explanations, a Redis client, a cloud API that pgmpy imports).
synthcity's own metrics are among them: we use its generators only.
"""

import importlib
import sys
from collections.abc import MutableSequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

ABSENT = (
    *("be_great", "decaf", "dgl", "fastai", "fastcore", "fflows", "google.generativeai"),
    *("monai", "opacus", "pykeops", "redis", "shap", "synthcity.metrics", "torch_geometric"),
    *("torchtext", "torchvision", "tsai"),
)


class StandIn(ModuleType):
    """A module whose every public name is a class that refuses to be used."""

    __path__: MutableSequence[str] = []  # noqa: RUF012 (how a package without files looks)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        placeholder = type(name, (), {"__init__": _refuse, "__module__": self.__name__})
        setattr(self, name, placeholder)
        return placeholder


def _refuse(self: object, *_: Any, **__: Any) -> NoReturn:
    kind = type(self)
    raise ImportError(
        f"{kind.__module__}.{kind.__name__} is a stand-in: SynthCraft's set-up leaves this package "
        "out because no tabular generator uses it."
    )


class StandInFinder(MetaPathFinder, Loader):
    """Answers imports of the absent packages and of all their submodules."""

    def __init__(self) -> None:
        self.absent = set(ABSENT)

    def find_spec(
        self,
        fullname: str,
        path: Any = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """A spec for a stand-in, None for every other module."""
        if not self._stands_in(fullname):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty stand-in."""
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""

    def _stands_in(self, fullname: str) -> bool:
        if any(_inside(fullname, name) for name in self.absent):
            return True
        # the namespace package "google" exists only where one of its parts is installed
        return fullname == "google" and PathFinder.find_spec(fullname) is None


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def install() -> None:
    """From now on this process imports stand-ins instead of the absent packages.

    They go first, so that an installed copy of such a package is not loaded either. Calling it
    again changes nothing.
    """
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, StandInFinder())


def genuine(package: str) -> ModuleType:
    """The installed package itself, which from now on every import in this process gets.

    What was imported from its stand-in before stays what it is. ModuleNotFoundError where the
    package is not installed.
    """
    for finder in sys.meta_path:
        if isinstance(finder, StandInFinder):
            finder.absent.discard(package)
    for name, module in list(sys.modules.items()):
        if _inside(name, package) and isinstance(module, StandIn):
            del sys.modules[name]
    return importlib.import_module(package)
