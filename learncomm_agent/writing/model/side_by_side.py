"""What a language model says groups share: numbers of their lines alone, so that all words stay theirs."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from learncomm_agent.errors import ModelError, WordsError, for_log
from learncomm_agent.log import logger
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.material import Entry, safe
from learncomm_agent.writing.writer import Brief

_TOKENS = 600
_MOST = 12
_log = logger(__name__)


class SideBySideDraft(BaseModel):
    """What `prompts/synthesis.md` asks for; it is believed only as far as code can check it."""

    agree: Annotated[list[list[int]], Field(json_schema_extra={"maxItems": _MOST})]
    differ: Annotated[list[list[int]], Field(json_schema_extra={"maxItems": _MOST})]
    missed: Annotated[list[int], Field(json_schema_extra={"maxItems": _MOST})]


class Comparing:
    """Has a model compare what groups found."""

    def __init__(self, asking: Asking) -> None:
        """Take what it needs."""
        self._asking = asking

    async def compared(
        self, lines: Sequence[tuple[str, str]], asked: Sequence[str], brief: Brief
    ) -> SideBySideDraft | None:
        """Return which lines belong together, unchecked; None where the model can't say.

        Args:
            lines: What groups found, each with the name of its group. Numbers count from 1.
            asked: What all of them were to talk about.
            brief: For whom it is.
        """
        inputs = {"asked": [safe(each) for each in asked]}
        task = self._asking.task("synthesis", brief, _TOKENS, inputs)
        entries = [Entry(str(n), group, text) for n, (group, text) in enumerate(lines, 1)]
        try:
            return await self._asking.ask(SideBySideDraft, task, entries)
        except (ModelError, WordsError) as error:
            told = {"community": brief.community.id, "error": for_log(error)}
            _log.warning("not compared by the model", **told)
            return None
