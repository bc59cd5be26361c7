"""The rim around any language model, ours or a plugin's: whatever it does, it fails in our terms."""

from learncomm_agent.errors import BadCompletionError, ModelError, ModelUnavailableError, for_log
from learncomm_agent.llm.model import Completion, LanguageModel, Request, Usage
from learncomm_agent.llm.tokens import estimate
from learncomm_agent.log import logger

_log = logger(__name__)


class Guarded:
    """A language model that raises nothing but `ModelError`, and answers nothing but completions."""

    def __init__(self, model: LanguageModel) -> None:
        """Stand before a model; it is closed with this."""
        self.name = model.name
        self._model = model

    async def complete(self, request: Request) -> Completion:
        """Have the model answer; see `LanguageModel.complete`.

        Raises:
            ModelError: Its own, or in the place of anything else that it raises; being cancelled passes.
        """
        try:
            completion = await self._model.complete(request)
        except ModelError:
            raise
        except Exception as error:
            _log.error("model failed", purpose=request.purpose, error=for_log(error))
            ours = ModelUnavailableError(f"{self.name!r} raised {type(error).__name__}")
            # Nobody knows how far it got, so it counts as if it had answered.
            ours.tokens = (estimate(request.prompt), request.max_tokens)
            raise ours from error
        if not _is_whole(completion):
            raise BadCompletionError(f"{self.name!r} answered {type(completion).__name__!r}")
        return completion

    async def close(self) -> None:
        """Close the model; where it can't, the log says so, since nothing depends on it."""
        try:
            await self._model.close()
        except Exception as error:
            _log.error("model not closed", error=for_log(error))


def _is_whole(answer: object) -> bool:
    return (
        isinstance(answer, Completion)
        and isinstance(answer.text, str)
        and isinstance(answer.usage, Usage)
    )
