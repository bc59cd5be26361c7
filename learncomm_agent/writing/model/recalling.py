"""Questions from what a language model remembers of something; nothing of ours can prove them."""

import asyncio
import re
from typing import Annotated

from pydantic import BaseModel, Field

from learncomm_agent.errors import ModelError, WordsError, for_log
from learncomm_agent.log import logger
from learncomm_agent.writing.language.cue_book import Tables
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.forms import Text
from learncomm_agent.writing.model.material import Entry
from learncomm_agent.writing.openness import Openness, read_openness
from learncomm_agent.writing.writer import Brief

_TOKENS = 60
"""For one question."""
_MOST_CHARS = 240
_UNSURE = re.compile(r"\d|https?:|www\.|[@<>`]|\bUTC\b", re.IGNORECASE)
"""What a question from memory never holds: figures, links and mentions."""
_log = logger(__name__)


class RecalledDraft(BaseModel):
    """What `prompts/recalled.md` asks for."""

    questions: Annotated[list[Text], Field(json_schema_extra={"maxItems": 12})]


class Recalling:
    """Asks a model; whoever shows what it returns says where it is from."""

    def __init__(self, asking: Asking, tables: Tables) -> None:
        """Take what it needs.

        Args:
            asking: Has forms filled in.
            tables: Gives the table of `knowledge/questions/<lang>.toml`.
        """
        self._asking = asking
        self._tables = tables

    async def questions(
        self, topic: str, brief: Brief, *, count: int, seen: frozenset[str]
    ) -> tuple[str, ...]:
        """Return open questions about a book or a topic, none of them seen before; none where the model can't.

        Args:
            topic: What they are about, as a leader named it.
            brief: For whom they are written.
            count: How many are wanted at most.
            seen: Questions that were asked before.
        """
        task = self._asking.task("recalled", brief, 100 + count * _TOKENS, {"count": count})
        try:
            draft = await self._asking.ask(RecalledDraft, task, (Entry("0", "topic", topic),))
        except (ModelError, WordsError) as error:
            told = {"community": brief.community.id, "error": for_log(error)}
            _log.warning("nothing recalled", **told)
            return ()
        openness = await asyncio.to_thread(self._openness, brief)
        texts = (" ".join(each.split()) for each in draft.questions)
        fit = (each for each in texts if _is_fit(each, topic) and _is_open(openness, each))
        return tuple(dict.fromkeys(each for each in fit if each not in seen))[:count]

    def _openness(self, brief: Brief) -> Openness:
        return read_openness(self._tables(brief.community.slug, brief.language))


def _is_fit(text: str, topic: str) -> bool:
    """Whether a question is short and claims nothing that can be looked up but isn't."""
    rest = text.replace(topic, "")
    is_asked = text.rstrip('”"»)').endswith(("?", "\uff1f"))
    return is_asked and len(text) <= _MOST_CHARS and _UNSURE.search(rest) is None


def _is_open(openness: Openness, text: str) -> bool:
    return openness.flaw(text, (), frozenset()) is None
