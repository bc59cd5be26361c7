"""Makes the chat adapters that are installed, with what each may know of the rest."""

from typing import Any

from pydantic import BaseModel

from learncomm_agent import plugins
from learncomm_agent.chat.platform import Platform
from learncomm_agent.clock import Clock
from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import UsageError
from learncomm_agent.settings import Settings
from learncomm_agent.settings_file import check_section
from learncomm_agent.words import Words


def names(settings: Settings) -> tuple[str, ...]:
    """Return the adapters that `run` starts: those with a section of their own, or a token.

    Raises:
        UsageError: There is none.
    """
    if not settings.adapters:
        raise UsageError("no adapter is set up", phrase="cli.run.nothing")
    return tuple(sorted(settings.adapters))


def make(
    settings: Settings, name: str, clock: Clock, catalogue: Catalogue | None = None
) -> Platform:
    """Return an adapter, not yet started; blocks.

    Raises:
        PluginError: It is not installed, or not for this version.
        SettingsError: What is set for it holds mistakes.
    """
    adapter = plugins.load("adapters", name)
    platform: Platform = adapter(surroundings(settings, name, adapter, clock, catalogue))
    return platform


def surroundings(
    settings: Settings,
    name: str,
    adapter: Any,
    clock: Clock,
    catalogue: Catalogue | None = None,
) -> Surroundings:
    """Return what an adapter is given; blocks.

    Args:
        settings: All settings.
        name: The adapter's.
        adapter: Its class; the attribute `Options` is the form of what may be set for it.
        clock: The agent's.
        catalogue: The commands that people can call; those that learncomm brings where None.

    Raises:
        SettingsError: What is set for it holds mistakes.
    """
    form: type[BaseModel] | None = getattr(adapter, "Options", None)
    chosen = settings.adapters.get(name, {})
    community = settings.community
    return Surroundings(
        folder=settings.data / name,
        clock=clock,
        phrases=Words(data=settings.data).for_community(community.slug),
        catalogue=catalogue or builtin.catalogue(),
        language=community.language,
        community=community.name,
        options=None if form is None else check_section(form, chosen, f"adapters.{name}"),
    )
