"""Which writer writes: without a language model, or with the one that the settings name."""

from collections.abc import Mapping
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
from learncomm_agent.writing.language.cue_book import CueBook
from learncomm_agent.writing.model.writer import ModelWriter
from learncomm_agent.writing.writer import Writer


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
    words: Words, chosen: ModelSettings, model: LanguageModel | None, writer: Writer | None = None
) -> Writer:
    """Return what writes, behind the gate that checks each line's evidence.

    Args:
        words: Of all communities.
        chosen: How much the model reads at once.
        model: Nothing is written by a model where None.
        writer: One of the caller's own, in the place of ours.
    """

    def table(folder: str, slug: str, language: str) -> Mapping[str, Any]:
        return words.for_community(slug).table(folder, language=language) or {}

    book = CueBook(lambda slug, language: table("cues", slug, language))
    if writer is None:
        plain = ExtractiveWriter(book, lambda slug, language: table("questions", slug, language))
        if model is None:
            return CheckedWriter(plain, book)
        writer = ModelWriter(
            Guarded(model), words, plain, book, context_tokens=chosen.context_tokens
        )
        return CheckedWriter(writer, book, otherwise=plain)
    return CheckedWriter(writer, book)
