"""What `doctor` asks a language model's server: is it there, has it the model, does a schema bind."""

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.clock import Clock
from learncomm_agent.errors import ModelError, ModelUnavailableError
from learncomm_agent.llm import failures
from learncomm_agent.llm.guarding import Guarded
from learncomm_agent.llm.hosted import HostedModel, connect
from learncomm_agent.llm.model import Request
from learncomm_agent.settings import ModelSettings

_MAX_TOKENS = 1000
"""The answer needs twenty; a model that thinks first needs the rest."""
_NOBODY = CommunityId(0)
_PURPOSE = "probe"
_COLOURS = ("teal", "ochre")
# The schema says otherwise, so that an answer which follows it was bound by it.
_PROMPT = "Reply with one plain word and nothing else, no braces and no quotes: banana"
_SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": list(_COLOURS)}},
    "required": ["colour"],
    "additionalProperties": False,
}


class Schema(StrEnum):
    """What a server does with the schema that an answer is to follow."""

    ENFORCED = "enforced"
    IGNORED = "ignored"
    REFUSED = "refused"
    UNTRIED = "untried"
    """It did not answer the test; `Probe.error` says why."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found out about a language model's server."""

    is_reachable: bool
    """Whether a server answered at all, be it with a refusal."""
    is_known: bool | None
    """Whether it lists the model; None where it lists none. Some answer for models they don't have."""
    schema: Schema
    error: ModelError | None
    """Why the model could not be used."""


async def probe(chosen: ModelSettings, clock: Clock) -> Probe:
    """Find out whether a language model can be used as the settings say; costs a few tokens."""
    is_reachable, is_known = False, None
    model = HostedModel(chosen, clock)
    try:
        ids = await _listed(chosen, clock)
        is_reachable = True
        is_known = None if ids is None else bool({model.name, f"{model.name}:latest"} & ids)
        schema = await _tried(model)
    except ModelError as error:
        return Probe(is_reachable, is_known, Schema.UNTRIED, error)
    finally:
        await model.close()
    return Probe(is_reachable, is_known, schema, None)


async def _listed(chosen: ModelSettings, clock: Clock) -> frozenset[str] | None:
    """Return the ids of the server's models; None where it answers anything else.

    Raises:
        ModelUnavailableError: It does not answer, or there is no key to ask with.
    """
    import openai

    client = await asyncio.to_thread(connect, chosen)
    try:
        # The plain way: the SDK's own list stumbles over pages that are none.
        listing = client.get("/models", cast_to=object)
        page = await clock.idle(listing, "models", timeout_s=chosen.timeout_s)
    except TimeoutError as error:
        raise ModelUnavailableError(
            f"no list of models within {chosen.timeout_s} s", phrase="error.model_unreachable"
        ) from error
    except (openai.APIStatusError, ValueError, RecursionError):
        return None
    except failures.failures() as error:
        raise failures.translated(error, chosen.model or "") from error
    finally:
        await client.close()
    data = page.get("data") if isinstance(page, dict) else None
    if not isinstance(data, list):
        return None
    return frozenset(str(each["id"]) for each in data if isinstance(each, dict) and "id" in each)


async def _tried(model: HostedModel) -> Schema:
    """Ask for one thing in words and for another by a schema, and see which comes."""
    request = Request(_PROMPT, _PURPOSE, _NOBODY, _MAX_TOKENS, _SCHEMA)
    answer = await Guarded(model).complete(request)
    if not model.takes_schema(_PURPOSE):
        return Schema.REFUSED
    try:
        found = json.loads(answer.text)
    except (ValueError, RecursionError):
        return Schema.IGNORED
    is_bound = any(found == {"colour": colour} for colour in _COLOURS)
    return Schema.ENFORCED if is_bound else Schema.IGNORED
