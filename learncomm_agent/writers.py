"""Which writer writes: without a language model, or with the one that the settings name."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from learncomm_agent import plugins
from learncomm_agent.clock import Clock
from learncomm_agent.errors import LearncommError, PluginError
from learncomm_agent.llm.guarding import Guarded
from learncomm_agent.llm.model import LanguageModel
from learncomm_agent.llm.resting import RestingModel
from learncomm_agent.settings import ModelSettings
from learncomm_agent.words import Words
from learncomm_agent.writing.evidence.gate import CheckedWriter
from learncomm_agent.writing.extractive.writer import ExtractiveWriter
from learncomm_agent.writing.follow_ups import FollowUps
from learncomm_agent.writing.items import ItemKind, Transcript
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.language.vocabulary import normal
from learncomm_agent.writing.model.asking import Asking
from learncomm_agent.writing.model.follow_ups import Rewriting
from learncomm_agent.writing.model.known import KnownReadings
from learncomm_agent.writing.model.planning import Cost, Planning
from learncomm_agent.writing.model.recalling import Recalling
from learncomm_agent.writing.model.side_by_side import Comparing
from learncomm_agent.writing.model.writer import ModelWriter
from learncomm_agent.writing.noting import Noting
from learncomm_agent.writing.writer import Brief, Writer


def model_of(chosen: ModelSettings, clock: Clock) -> LanguageModel | None:
    """Return the language model that the settings name, not yet connected; None where it is off.

    Raises:
        PluginError: There is no kind of that name, or it can't be loaded.
        SettingsError: The file to replay can't be read.
    """
    match chosen.kind:
        case "off":
            return None
        case "hosted":
            from learncomm_agent.llm.hosted import HostedModel

            model: LanguageModel = RestingModel(HostedModel(chosen, clock), clock)
        case "replayed":
            from learncomm_agent.llm.recording import ReplayedModel

            assert chosen.replay is not None  # the settings have checked it
            model = ReplayedModel(chosen.replay)
        case kind:
            model = RestingModel(_of_plugin(kind, chosen, clock), clock)
    if chosen.record is None:
        return model
    from learncomm_agent.llm.recording import RecordedModel

    return RecordedModel(model, chosen.record)


def _of_plugin(kind: str, chosen: ModelSettings, clock: Clock) -> LanguageModel:
    try:
        model: LanguageModel = plugins.load("models", kind)(chosen, clock)
    except LearncommError:
        raise
    except Exception as error:  # somebody else's code: any exception may come out of it
        raise PluginError(
            f"plugin {kind!r} does not start: {type(error).__name__}",
            phrase="error.plugin_broken",
            name=kind,
            package=kind,
        ) from error
    return model


def writer_of(
    words: Words,
    chosen: ModelSettings,
    model: LanguageModel | None,
    writer: Writer | None = None,
    known: KnownReadings | None = None,
) -> Writer:
    """Return what writes, behind the gate that checks each line's evidence.

    Args:
        words: Of all communities.
        chosen: How much the model reads at once, and how summaries are asked for.
        model: Nothing is written by a model where None.
        writer: One of the caller's own, in the place of ours.
        known: Keeps what the model made of rooms; without it, a room is read whole each time.
    """
    book, asking = book_of(words), partial(_table, words, "questions")
    if writer is None:
        plain = ExtractiveWriter(book, asking)
        if model is None:
            return CheckedWriter(plain, book, asking=asking)
        writer = ModelWriter(
            Guarded(model),
            words,
            plain,
            book,
            context_tokens=chosen.context_tokens,
            a_kind_a_call=chosen.summary_calls == "each",
            known=known,
        )
        return CheckedWriter(writer, book, plain, asking)
    return CheckedWriter(writer, book, asking=asking)


async def cost_of(
    words: Words, chosen: ModelSettings, clock: Clock, transcript: Transcript, brief: Brief
) -> Cost:
    """Return what a summary would cost, without asking anybody; nothing where no model is set up.

    Raises:
        LearncommError: The model that the settings name can't be had, or can't read so much.
    """
    model = model_of(chosen, clock)
    if model is None:
        return Cost()
    try:
        asking = Asking(Guarded(model), words, chosen.context_tokens)
        planning = Planning(asking, book_of(words), a_kind_a_call=chosen.summary_calls == "each")
        plan = await planning.plan(transcript, brief)
        return await asyncio.to_thread(planning.cost, plan)
    finally:
        await model.close()


def noting_of(words: Words, writer: Writer) -> Noting:
    """Return what sums up a leader's notes, with a writer for what their headings don't tell."""

    def labels(slug: str) -> dict[str, ItemKind | None]:
        own = words.for_community(slug)
        return {
            normal(said): kind
            for kind in (*ItemKind, None)
            for said in own.spoken(f"noting.{kind or 'nothing'}")
        }

    return Noting(writer, book_of(words), labels)


def book_of(words: Words) -> CueBook:
    """Return what prepares the cues of all communities."""

    def table(slug: str, language: str) -> Mapping[str, Any]:
        return {
            name: value
            for folder in ("claims", "cues", "forms")
            for name, value in _table(words, folder, slug, language).items()
        }

    return CueBook(table, lambda slug: words.for_community(slug).languages("cues"))


def _table(words: Words, folder: str, slug: str, language: str) -> Mapping[str, Any]:
    return words.for_community(slug).table(folder, language=language) or {}


def recalling_of(
    words: Words, chosen: ModelSettings, model: LanguageModel | None
) -> Recalling | None:
    """Return what asks from a model's memory; None where there is no model."""
    if model is None:
        return None
    asking = Asking(Guarded(model), words, chosen.context_tokens)
    return Recalling(asking, partial(_table, words, "questions"))


def comparing_of(
    words: Words, chosen: ModelSettings, model: LanguageModel | None
) -> Comparing | None:
    """Return what compares what groups found; None where there is no model."""
    if model is None:
        return None
    return Comparing(Asking(Guarded(model), words, chosen.context_tokens))


def follow_ups_of(words: Words, chosen: ModelSettings, model: LanguageModel | None) -> FollowUps:
    """Return what says what a follow-up question means; see `writer_of`."""
    if model is None:
        return FollowUps(words)
    return FollowUps(words, Rewriting(Asking(Guarded(model), words, chosen.context_tokens)))
