"""What `doctor` asks of servers: the language model's, that of the vectors, and those of the chats."""

import asyncio

from learncomm_agent import platforms
from learncomm_agent.chat.platform import Checks
from learncomm_agent.checkup import Check
from learncomm_agent.clock import Clock
from learncomm_agent.errors import LearncommError, VectorsUnreachableError
from learncomm_agent.llm.probing import Schema, probe
from learncomm_agent.settings import Settings
from learncomm_agent.storage.chroma import ChromaServer
from learncomm_agent.writers import model_of

MODEL = "language_model"


async def checks(settings: Settings, clock: Clock) -> list[Check]:
    """Look at each server that the settings name; nothing is changed there."""
    found = [await _model(settings, clock), *await _vectors(settings)]
    for name in sorted(settings.adapters):
        found += await _adapter(settings, name, clock)
    return found


async def _model(settings: Settings, clock: Clock) -> Check:
    chosen = settings.model
    facts = {"model": (chosen.model if chosen.kind == "hosted" else None) or chosen.kind}
    if chosen.kind != "hosted":
        try:
            await asyncio.to_thread(model_of, chosen, clock)
        except LearncommError as error:
            return Check(MODEL, False, error.advice.phrase, {**facts, **error.advice.values})
        name = chosen.kind if chosen.kind in {"off", "replayed"} else "plugin"
        return Check(MODEL, True, f"cli.doctor.llm_{name}", facts)
    result = await probe(chosen, clock)
    if result.error is not None:
        return Check(
            MODEL, False, result.error.advice.phrase, {**facts, **result.error.advice.values}
        )
    facts["schema"] = result.schema
    if result.is_known is False:
        return Check(MODEL, False, "cli.doctor.llm_unknown", facts)
    is_fit = result.schema is Schema.ENFORCED
    return Check(MODEL, is_fit, f"cli.doctor.llm_{result.schema}", facts)


async def _vectors(settings: Settings) -> list[Check]:
    """Say whether the server of the vectors can be reached, where there is one."""
    url, token = settings.vectors.url, settings.vectors.token
    if url is None:
        return []
    server = ChromaServer(url, "", None if token is None else token.get_secret_value())
    try:
        client = await asyncio.to_thread(server.open)
    except VectorsUnreachableError:
        return [Check("vectors", False, "cli.doctor.vectors_away", {"url": url})]
    await asyncio.to_thread(server.close, client)
    return [Check("vectors", True, "cli.doctor.vectors", {"url": url})]


async def _adapter(settings: Settings, name: str, clock: Clock) -> list[Check]:
    try:
        adapter = await asyncio.to_thread(platforms.make, settings, name, clock)
    except LearncommError as error:
        return [Check(name, False, error.advice.phrase, error.advice.values)]
    if not isinstance(adapter, Checks):
        return []
    return [Check(name, each.is_ok, each.phrase, each.values) for each in await adapter.check()]
