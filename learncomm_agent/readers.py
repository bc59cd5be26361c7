"""Which readers of files the settings and the plugins ask for."""

from learncomm_agent import plugins
from learncomm_agent.library.reading import Readers
from learncomm_agent.settings import Settings


def readers_of(settings: Settings) -> Readers:
    """Return what reads files: our own readers, and those of plugins."""
    extra = {f".{name}": plugins.load("readers", name) for name in plugins.names("readers")}
    return Readers(extra, max_bytes=settings.library.max_file_bytes)
