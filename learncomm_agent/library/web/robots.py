"""What a host lets programs do (RFC 9309)."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from protego import Protego
from yarl import URL

TOKEN = "learncomm"
"""What a robots.txt calls us."""
MOST_BYTES = 500_000
"""More of a robots.txt is not read."""
LONGEST_DELAY_S = 10.0
"""A host that wants longer pauses gets these: whoever shared a link is waiting."""
_LONGEST_RETRY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Rules:
    """A robots.txt, as it concerns us."""

    delay_s: float = 0.0
    """How long to pause between two requests."""
    _parsed: Protego | None = None

    def allow(self, url: URL) -> bool:
        """Whether we may ask for an address."""
        return self._parsed is None or self._parsed.can_fetch(str(url), TOKEN)


def rules(content: bytes) -> Rules:
    """Read a robots.txt; what makes no sense in it is passed over."""
    parsed = Protego.parse(content[:MOST_BYTES].decode("utf-8-sig", "replace"))
    wanted = parsed.crawl_delay(TOKEN)
    rate = parsed.request_rate(TOKEN)
    if wanted is None and rate is not None and rate.requests > 0:
        wanted = rate.seconds / rate.requests
    return Rules(min(max(wanted or 0.0, 0.0), LONGEST_DELAY_S), parsed)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Return for how long a server wants to be left alone, at most a day; None where it does not say."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            seconds = (parsedate_to_datetime(text) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_S)
