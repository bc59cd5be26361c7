"""Plugins, found by entry point: adapters, readers, models, embedders and stages.

A plugin says which major version of learncomm it is made for, in an attribute `for_learncomm = "0"`
of what its entry point names, or of the module that this stands in.
"""

from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from sys import modules, path
from typing import Any, Literal

from learncomm_agent import __version__
from learncomm_agent.errors import PluginError

Group = Literal["adapters", "readers", "models", "embedders", "stages"]


def names(group: Group) -> tuple[str, ...]:
    """Return the names of the installed plugins of a group, sorted; none of them is imported."""
    return tuple(sorted(_found(group).names))


def load(group: Group, name: str) -> Any:
    """Return what a plugin's entry point names: a class, or a function that makes the thing.

    Raises:
        PluginError: No plugin of that name, two of them, one that can't be imported, or one for
            another major version.
    """
    entry = _entry(group, name)
    try:
        plugin = entry.load()
    # Importing runs somebody else's code: any exception may come out of it.
    except Exception as error:
        raise _broken(entry, error) from error
    meant = getattr(plugin, "for_learncomm", None)
    if meant is None:
        meant = getattr(modules.get(entry.module), "for_learncomm", None)
    major = __version__.split(".")[0]
    if meant != major:
        raise PluginError(
            f"plugin {name!r} is for learncomm {meant!r}, this is {major!r}",
            phrase="error.plugin_version",
            name=name,
            version=major,
        )
    return plugin


def _found(group: Group) -> EntryPoints:
    return _installed(f"learncomm_agent.{group}", tuple(path))


@lru_cache(maxsize=8)
def _installed(group: str, places: tuple[str, ...]) -> EntryPoints:
    """Return those of a group; to find them, each installed package is looked at."""
    return entry_points(group=group)


def _entry(group: Group, name: str) -> EntryPoint:
    found: dict[str, EntryPoint] = {each.value: each for each in _found(group).select(name=name)}
    if not found:
        near = get_close_matches(name, names(group), n=1)
        raise PluginError(
            f"no plugin {name!r} in {group}" + (f", nearest is {near[0]!r}" if near else ""),
            phrase="error.plugin_unknown",
            name=name,
            known=names(group),
        )
    if len(found) > 1:
        raise PluginError(
            f"plugin {name!r} is offered {len(found)} times: {sorted(found)!r}",
            phrase="error.plugin_twice",
            name=name,
        )
    return next(iter(found.values()))


def _broken(entry: EntryPoint, error: Exception) -> PluginError:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    home = entry.dist.name if entry.dist else "learncomm-agent"
    if missing and not entry.module.startswith(missing):
        extra = entry.extras[0] if entry.extras else entry.name
        package = f"{home}[{extra}]" if entry.extras or home == "learncomm-agent" else home
        return PluginError(
            f"plugin {entry.name!r} needs {missing!r}",
            phrase="error.plugin_missing",
            name=entry.name,
            command=f'pip install "{package}"',
        )
    return PluginError(
        f"plugin {entry.name!r} does not load: {type(error).__name__}",
        phrase="error.plugin_broken",
        name=entry.name,
        package=home,
    )
