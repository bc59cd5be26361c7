"""A language model that counts what one piece of work asks of it."""

from learncomm_agent.errors import ModelBudgetError, ModelBusyError, ModelError
from learncomm_agent.llm.model import Completion, LanguageModel, Request


class Counted:
    """Stands before a model for as long as something is written; closing it leaves the model open."""

    def __init__(self, model: LanguageModel) -> None:
        """Begin with nothing used."""
        self.name = model.name
        self.calls = 0
        self.sent = 0
        """Tokens, as far as the model reports them."""
        self.cached = 0
        self.received = 0
        self._model = model

    async def complete(self, request: Request) -> Completion:
        """Have the model answer; see `LanguageModel.complete`."""
        try:
            completion = await self._model.complete(request)
        except (ModelBudgetError, ModelBusyError):  # nothing was sent
            raise
        except ModelError as error:
            self.calls += 1
            if error.tokens is not None:
                self._add(*error.tokens)
            raise
        self.calls += 1
        used = completion.usage
        self._add(used.sent, used.received, used.cached)
        return completion

    async def close(self) -> None:
        """Do nothing: whoever made the model closes it."""

    def _add(self, sent: int, received: int, cached: int = 0) -> None:
        self.sent += sent
        self.received += received
        self.cached += cached
