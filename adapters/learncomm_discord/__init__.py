"""Discord, by discord.py: a bot of its own, and an extension for any bot.

In a bot of yours, one line brings learncomm: `await bot.load_extension("learncomm_discord")`.
"""

from typing import TYPE_CHECKING

__all__ = ["setup"]

if TYPE_CHECKING:
    from learncomm_discord.extension import setup
else:  # a type checker must not take every name for one of ours

    def __getattr__(name):
        """Import the extension when discord.py asks for it."""
        if name != "setup":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from learncomm_discord.extension import setup

        return setup
