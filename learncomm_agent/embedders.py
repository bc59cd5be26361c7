"""Which model turns texts into vectors: the one that the settings name."""

from collections.abc import Callable
from functools import partial

from learncomm_agent import plugins
from learncomm_agent.errors import LearncommError, ModelUnavailableError
from learncomm_agent.library.embedding import Embedder
from learncomm_agent.settings import EmbeddingSettings


def embedder_of(chosen: EmbeddingSettings) -> Callable[[], Embedder] | None:
    """Return what makes the embedding model that the settings name; None = words alone.

    Calling it blocks, and raises `ModelUnavailableError` or `PluginError` where there is no such model.
    """
    made = {"local": _local, "multilingual": _multilingual, "hosted": _hosted}
    if chosen.kind == "off":
        return None
    return partial(made.get(chosen.kind, _of_plugin), chosen)


def _local(chosen: EmbeddingSettings) -> Embedder:
    from learncomm_agent.library.embedders.minilm import MiniLM
    from learncomm_agent.library.embedders.models import find_models

    embedder = MiniLM(find_models(chosen.path))
    embedder.load()  # or the first question would wait for it
    return embedder


def _multilingual(chosen: EmbeddingSettings) -> Embedder:
    from learncomm_agent.library.embedders.multilingual import Multilingual

    embedder = Multilingual()
    embedder.load()  # so that its absence is said at once, not with the first text
    return embedder


def _hosted(chosen: EmbeddingSettings) -> Embedder:
    from learncomm_agent.library.embedders.hosted import HostedEmbedder

    return HostedEmbedder(
        chosen.base_url or "",
        chosen.model or "",
        chosen.dimensions,
        "" if chosen.key is None else chosen.key.get_secret_value(),
    )


def _of_plugin(chosen: EmbeddingSettings) -> Embedder:
    try:
        embedder: Embedder = plugins.load("embedders", chosen.kind)(chosen)
    except LearncommError as error:
        raise ModelUnavailableError(
            f"no embedder {chosen.kind!r}: {error}",
            phrase=error.advice.phrase,
            **error.advice.values,
        ) from error
    except Exception as error:  # somebody else's code: any exception may come out of it
        raise ModelUnavailableError(
            f"embedder {chosen.kind!r} does not start: {type(error).__name__}",
            phrase="error.plugin",
        ) from error
    return embedder
