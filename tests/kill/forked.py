"""Makes a process of `learncomm run` for each line that it reads, and tells when that has ended.

    python forked.py FOLDER

It imports once and forks, so that a life that ends after a moment does not cost seconds of imports.
"""

import os
import sys
import threading

import openai  # noqa: F401 - imported at the first call otherwise

from learncomm_agent import cli, upkeep  # noqa: F401
from learncomm_agent.chat import progress
from learncomm_discord.adapter import DiscordAdapter
from learncomm_discord.connection.bot import LearncommBot
from learncomm_discord.options import Options

QUICK_S = 0.1
"""discord.py waits for two seconds whether more servers come; the double sends all of them at once."""


class QuickBot(LearncommBot):
    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._connection.guild_ready_timeout = QUICK_S


def end_with_the_test() -> None:
    """End once nobody is there any more who could end it."""
    os.read(0, 1)
    os._exit(1)


def main() -> None:
    sys.modules[DiscordAdapter.__module__].LearncommBot = QuickBot  # type: ignore[attr-defined]
    progress.AFTER_S = float(os.environ.get("PROGRESS_AFTER_S", progress.AFTER_S))
    sys.argv = ["learncomm", "run", "--data", sys.argv[1]]
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            threading.Thread(target=end_with_the_test, daemon=True).start()
            cli.main()
            os._exit(0)
        print(process, flush=True)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
