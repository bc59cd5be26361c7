"""Has a language model write a follow-up question out as one that stands by itself."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel

from learncomm_agent.errors import ModelError, WordsError, for_log
from learncomm_agent.log import logger
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.material import Entry, restored
from learncomm_agent.writing.writer import Brief

_TOKENS = 200
_log = logger(__name__)


class FollowUpDraft(BaseModel):
    """What `prompts/follow_up.md` asks for; it is believed only as far as code can check it."""

    question: Annotated[str, AfterValidator(restored)]


class Rewriting:
    """Writes follow-up questions out."""

    def __init__(self, asking: Asking) -> None:
        """Take what it needs."""
        self._asking = asking

    async def written(self, question: str, earlier: str, brief: Brief) -> str:
        """Return the question as it is meant, unchecked; empty where the model can't say."""
        task = self._asking.task("follow_up", brief, _TOKENS, {})
        lines = (Entry("0", "before", earlier), Entry("1", "now", question))
        try:
            draft = await self._asking.ask(FollowUpDraft, task, lines)
        except (ModelError, WordsError) as error:
            told = {"community": brief.community.id, "error": for_log(error)}
            _log.warning("follow-up not written out", **told)
            return ""
        return draft.question.strip()
