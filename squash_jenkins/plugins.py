"""Find formats, tabs and plots: built in, then entry points, then a site's own folder.

The later wins where two sources use one name; two of one source with one
name are an error. What is found is returned: there is no registry.
"""

import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import squash_jenkins.formats
from squash_jenkins.errors import PluginError
from squash_jenkins.formats.base import Format
from squash_jenkins.render.base import Plot, Tab
from squash_jenkins.resources import folder

KINDS: Mapping[str, type[Any]] = {"formats": Format, "tabs": Tab, "plots": Plot}
_DASHBOARDS = "dashboards"
_BUILT_IN = "built in"
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Plugins:
    """Hold one instance of each format, tab and plot, in their order.

    `theme` is the file with the site's name and colours. `faults` are
    sentences about files that could not be loaded; everything else works.
    """

    formats: Sequence[Format] = ()
    tabs: Sequence[Tab] = ()
    plots: Sequence[Plot] = ()
    theme: Path | None = None
    faults: Sequence[str] = ()
    origins: Mapping[type, str] = field(default_factory=dict)

    def origin(self, plugin: Format | Tab | Plot) -> str:
        """Return where one comes from: ``built in``, a package and its version, or a file."""
        return self.origins[type(plugin)]


@dataclass(slots=True)
class _Source:
    """Collect the classes of one source by kind and name."""

    title: str
    found: dict[str, dict[str, Any]] = field(default_factory=lambda: {k: {} for k in KINDS})
    origins: dict[type, str] = field(default_factory=dict)

    def add(self, kind: str, plugin: Any, origin: str) -> None:
        _check(kind, plugin)
        name = plugin.name
        self.origins[type(plugin)] = origin
        other = self.found[kind].setdefault(name, plugin)
        if other is not plugin:
            raise PluginError(
                f"Two {kind} of {self.title} are called {name!r}: "
                f"{_where(other)} and {_where(plugin)}; rename one."
            )


def find(extra: Path | None = None) -> Plugins:
    """Return every format, tab and plot.

    Parameters
    ----------
    extra
        A folder with ``formats/``, ``tabs/``, ``plots/`` and ``theme.yaml``, each optional.

    Raises
    ------
    PluginError
        When two plug-ins of one source share a name, or one has no name.

    """
    faults: list[str] = []
    sources = [_built_in(), _installed(faults)]
    themes = [folder("dashboards") / "theme.yaml"]
    if extra is not None:
        if not extra.is_dir():
            raise PluginError(f"The dashboards folder {extra} does not exist; see `dashboards`.")
        sources.append(_own(extra, faults))
        themes.append(extra / "theme.yaml")
    return Plugins(
        formats=_winners("formats", sources),
        tabs=_winners("tabs", sources),
        plots=_winners("plots", sources),
        theme=next((theme for theme in reversed(themes) if theme.is_file()), None),
        faults=faults,
        origins={kind: origin for each in sources for kind, origin in each.origins.items()},
    )


def _check(kind: str, plugin: Any) -> None:
    """Refuse what would spoil pages of others: all show the navigation."""
    name = getattr(plugin, "name", None)
    if not isinstance(name, str) or not name:
        raise PluginError(f'{_where(plugin)} needs a name: write `name = "…"` in the class.')
    if type(plugin.order) is not int:
        raise PluginError(f"{_where(plugin)} needs a whole number as its order.")
    if kind == "tabs" and not isinstance(getattr(plugin, "title", None), str):
        raise PluginError(f'{_where(plugin)} needs a title: write `title = "…"` in the class.')
    if kind != "formats" and not _NAME.fullmatch(name):
        raise PluginError(
            f"{_where(plugin)} is called {name!r}, which becomes part of file names: "
            "use letters, digits, -, _ and . only."
        )


def _winners(kind: str, sources: Iterable[_Source]) -> list[Any]:
    by_name: dict[str, Any] = {}
    for source in sources:
        by_name |= source.found[kind]
    return sorted(by_name.values(), key=lambda plugin: (plugin.order, plugin.name))


def _built_in() -> _Source:
    source = _Source("this package")
    package = squash_jenkins.formats
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        loaded = importlib.import_module(module.name)
        for plugin in _plugins_of(loaded, "formats"):
            source.add("formats", plugin, _BUILT_IN)
    base = _dashboards_module(folder("dashboards"))
    for kind in ("tabs", "plots"):
        for file in _files(Path(base.__path__[0]) / kind):
            loaded = importlib.import_module(f"{_DASHBOARDS}.{kind}.{file.stem}")
            for plugin in _plugins_of(loaded, kind):
                source.add(kind, plugin, _BUILT_IN)
    return source


def _dashboards_module(path: Path) -> ModuleType:
    """Make the folder importable under the one name that mypy and pytest know it by."""
    known = sys.modules.get(_DASHBOARDS)
    if known is not None and str(path) in list(known.__path__):
        return known
    for name in [n for n in sys.modules if n.split(".")[0] == _DASHBOARDS]:
        del sys.modules[name]
    module = ModuleType(_DASHBOARDS)
    module.__path__ = [str(path)]
    sys.modules[_DASHBOARDS] = module
    return module


def _installed(faults: list[str]) -> _Source:
    source = _Source("the installed packages")
    for kind in KINDS:
        for entry in entry_points(group=f"squash_jenkins.{kind}"):
            try:
                plugin = entry.load()()
                if not isinstance(plugin, KINDS[kind]):
                    raise TypeError(f"make it a subclass of {KINDS[kind].__name__}")
            except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code; reported
                faults.append(
                    f"The {kind[:-1]} {entry.value} of the package {_package(entry)} "
                    f"cannot be loaded: {_told(error)}."
                )
                continue
            source.add(kind, plugin, _package(entry))
    return source


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module


def _own(extra: Path, faults: list[str]) -> _Source:
    source = _Source(str(extra))
    for kind in KINDS:
        for file in _files(extra / kind):
            try:
                plugins = list(_plugins_of(_load(file), kind))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code; reported
                faults.append(f"{file} cannot be loaded: {_told(error)}.")
                continue
            for plugin in plugins:
                source.add(kind, plugin, str(file))
    return source


def _load(file: Path) -> ModuleType:
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    name = f"squash_jenkins_own_{digest}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.glob("*.py") if not file.name.startswith("_"))


def _plugins_of(module: ModuleType, kind: str) -> Iterator[Any]:
    """Yield an instance of each concrete class that the module itself defines."""
    for item in vars(module).values():
        own = isinstance(item, type) and item.__module__ == module.__name__
        if own and issubclass(item, KINDS[kind]) and not inspect.isabstract(item):
            yield item()


def _where(plugin: object) -> str:
    return f"{type(plugin).__name__} in {inspect.getfile(type(plugin))}"


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
