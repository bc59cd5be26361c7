"""Every error that learncomm raises on purpose, in one tree.

The tree is split by who must act. Each error carries two texts: `str(error)` is for the log and names
the thing; `advice` names the sentence in `knowledge/phrases/` that may be shown to the person.

LearncommError
  x SettingsError         the operator edits a file or a variable
  x WordsError            somebody edits a file in prompts/ or knowledge/
    + PromptError           a template misses a name, or has one too many
    + PhraseError           a sentence is missing or does not render
    + PlaybookError         a playbook holds a mistake
  x PluginError           the operator installs or updates a package
  x UsageError            the person says it another way
    + NotAllowedError       the person asks somebody who may
    + NotFoundError         what was named is not there
  x PlatformError         the chat platform did not do it
    + NotPermittedError     the platform forbids it
    + RoomGoneError         the room is not there any more
    + RateLimitedError      later, in `retry_after_s`
    + DisconnectedError     the connection is down
  x ModelError            the language or embedding model did not do it
    + ModelUnavailableError not reachable, or its files are missing
    + ModelBudgetError      the community has used up its tokens for the day
    + ModelBusyError        others have it just now
    + PromptTooLongError    it can't read so much at once
    + BadCompletionError    it answered, but not in the form asked for
  x LibraryError          the library could not do it
    + UnreadableResourceError   a file or text that can't be read
      + LinkError               a link that can't or must not be fetched
        + GoneError               what it led to is not there any more
    + EmbeddingMismatchError    the collection was made with another embedding model
  x StorageError          the disk or the database did not do it
    + StoreLockedError      another process holds the store
    + SchemaTooNewError     a newer learncomm wrote this store
    + StorageFullError      no room left on the disk
    + VectorsUnreachableError   the server that holds the vectors does not answer

Foreign exceptions are turned into these at the rim, with `raise ... from error`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """Which sentence to show to the person, and the values that it needs."""

    phrase: str
    """Key in `knowledge/phrases/<lang>.toml`, for example `error.unreadable`."""
    values: Mapping[str, object]


class LearncommError(Exception):
    """Base of all errors raised on purpose."""

    phrase = "error.unexpected"
    """The sentence for the person where the raiser names no better one."""

    def __init__(self, message: str, *, phrase: str | None = None, **values: object) -> None:
        """Keep the message for the log and the sentence for the person.

        Args:
            message: For the log; names the thing with `!r`, holds no text of a member.
            phrase: The sentence for the person; the class's own when left out.
            values: What that sentence needs.
        """
        super().__init__(message)
        self.advice = Advice(phrase or self.phrase, values)


class SettingsError(LearncommError):
    """The settings hold mistakes; `problems` lists all of them."""

    phrase = "error.settings"

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep one line a problem, each with its file, key and nearest valid name."""
        super().__init__("; ".join(problems), problems=problems)
        self.problems = problems


class WordsError(LearncommError):
    """A file in prompts/ or knowledge/ can't be used."""

    phrase = "error.words"


class PromptError(WordsError):
    """A prompt misses a name, or was given one that it does not declare."""


class PhraseError(WordsError):
    """A sentence for people is missing or does not render."""


class PlaybookError(WordsError):
    """A playbook holds a mistake; the message names file, line and the nearest valid word."""

    phrase = "error.playbook"


class PluginError(LearncommError):
    """A plugin can't be loaded, or is for another version."""

    phrase = "error.plugin"


class UsageError(LearncommError):
    """What the person asked can't be understood or done as asked."""

    phrase = "error.usage"


class NotAllowedError(UsageError):
    """The person may not do this."""

    phrase = "error.not_allowed"


class NotFoundError(UsageError):
    """What the person named is not there, or not for their eyes."""

    phrase = "error.not_found"


class PlatformError(LearncommError):
    """The chat platform did not do what it was asked."""

    phrase = "error.platform"


class NotPermittedError(PlatformError):
    """The platform forbids it to us."""


class RoomGoneError(PlatformError):
    """The room or message is not there any more."""


class RateLimitedError(PlatformError):
    """The platform asks us to wait."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        """Keep how long to wait, in seconds."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DisconnectedError(PlatformError):
    """The connection to the platform is down."""


class ModelError(LearncommError):
    """A language or embedding model did not do what it was asked."""

    phrase = "error.model"
    reason = "unavailable"
    """Ends the key of the sentence that says why something was written without the model."""
    tokens: tuple[int, int] | None = None
    """Sent and received all the same, in all tries together; None where the raiser does not know."""


class ModelUnavailableError(ModelError):
    """The model can't be reached, or its files are missing."""


class ModelBudgetError(ModelError):
    """The community has used up what it may spend on the model today."""

    reason = "budget"


class ModelBusyError(ModelError):
    """Others have the model, and it did not come to our turn."""

    reason = "busy"


class PromptTooLongError(ModelError):
    """The model can't read so much at once."""

    reason = "too_long"


class BadCompletionError(ModelError):
    """The model answered, but not in the form that was asked for."""

    reason = "unclear"


class LibraryError(LearncommError):
    """The library could not do it."""

    phrase = "error.library"


class UnreadableResourceError(LibraryError):
    """A file or text can't be read as a resource."""

    phrase = "error.unreadable"


class LinkError(UnreadableResourceError):
    """What is behind a link can't be fetched, or must not be."""

    phrase = "error.link"
    retry_after_s: float | None = None
    """After so many seconds it may be otherwise; None where trying again is no use."""


class GoneError(LinkError):
    """What a link led to is not there any more."""

    phrase = "error.link_gone"


class EmbeddingMismatchError(LibraryError):
    """The vectors were made with another embedding model."""

    phrase = "error.embedding_mismatch"


class StorageError(LearncommError):
    """The disk or the database did not do it."""

    phrase = "error.storage"


class OutdatedError(StorageError):
    """What something was written from has changed meanwhile: it is to be written anew."""


class StoreLockedError(StorageError):
    """Another process holds the store."""

    phrase = "error.store_locked"


class SchemaTooNewError(StorageError):
    """A newer learncomm wrote this store."""

    phrase = "error.schema_too_new"


class StorageFullError(StorageError):
    """There is no room left on the disk."""

    phrase = "error.storage_full"


class VectorsUnreachableError(StorageError):
    """The server that holds the vectors does not answer; words alone do meanwhile."""

    phrase = "error.vectors"


def for_log(error: BaseException) -> str:
    """Say what went wrong in words that hold no text of a member.

    Our own messages are written for the log; what a foreign exception says may quote its input.
    """
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, LearncommError) else name
