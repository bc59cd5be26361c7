"""learncomm: a facilitator for learning communities that lives in their chat.

The public names below are imported when they are first used, so that `import learncomm_agent` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "Addition",
    "Agent",
    "Answer",
    "Forgotten",
    "Found",
    "LearncommError",
    "Passage",
    "Question",
    "Reading",
    "Section",
    "Settings",
    "Summary",
    "Transcript",
    "Utterance",
    "__version__",
]

_PUBLIC = {
    "Addition": "library.adding",
    "Agent": "agent",
    "Answer": "writing.items",
    "Forgotten": "library.forgotten",
    "Found": "library.resources",
    "LearncommError": "errors",
    "Passage": "library.resources",
    "Question": "writing.items",
    "Reading": "library.resources",
    "Section": "library.resources",
    "Settings": "settings",
    "Summary": "writing.items",
    "Transcript": "writing.items",
    "Utterance": "writing.items",
}

if TYPE_CHECKING:
    from learncomm_agent.agent import Agent
    from learncomm_agent.errors import LearncommError
    from learncomm_agent.library.adding import Addition
    from learncomm_agent.library.forgotten import Forgotten
    from learncomm_agent.library.resources import Found, Passage, Reading, Section
    from learncomm_agent.settings import Settings
    from learncomm_agent.writing.items import Answer, Question, Summary, Transcript, Utterance
else:  # a type checker must not take every name for one of ours

    def __getattr__(name):
        """Import a public name."""
        if name not in _PUBLIC:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, whether imported yet or not."""
    return sorted({*globals(), *__all__})
