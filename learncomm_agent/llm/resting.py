"""A pause after a failure: nobody waits again for what has just failed."""

from datetime import datetime, timedelta

from learncomm_agent.clock import Clock
from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.llm.model import Completion, LanguageModel, Request

REST = timedelta(seconds=30)


class RestingModel:
    """Leaves a model alone for half a minute after it could not be reached; a `LanguageModel`.

    Who asks meanwhile hears at once that it can't be reached, and gets the members' own words.
    """

    def __init__(self, model: LanguageModel, clock: Clock) -> None:
        """Stand before a model, which is closed with this."""
        self.name = model.name
        self._model = model
        self._clock = clock
        self._until: datetime | None = None

    async def complete(self, request: Request) -> Completion:
        """Have the model answer, unless it rests; see `LanguageModel.complete`."""
        if self._until is not None and self._clock.now() < self._until:
            error = ModelUnavailableError(f"{self.name!r} could not be reached a moment ago")
            error.tokens = (0, 0)
            raise error
        try:
            return await self._model.complete(request)
        except ModelUnavailableError:
            self._until = self._clock.now() + REST
            raise

    async def close(self) -> None:
        """Close the model."""
        await self._model.close()
