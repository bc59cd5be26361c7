"""Addresses of pages: which ones may be opened at all, and when two of them are the same."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from yarl import URL

from learncomm_agent.errors import LinkError

Address = IPv4Address | IPv6Address
Allows = Callable[[Address], bool]
"""Whether a machine may be connected to."""

MOST_CHARS = 2_000
SHOWN_CHARS = 60
_SECURE = 443
_PRIVILEGED = 1024
RETRY_S = 600.0
"""When to look again where something may pass by itself, and nobody says when."""

# What the IANA keeps for special purposes, and the one public address behind which a cloud's own
# services stand. In IPv6 only the part that is given out counts as public, and of that nothing
# that carries an IPv4 address in disguise.
_PRIVATE = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32"),
            *("169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
            *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
_GIVEN_OUT = IPv6Network("2000::/3")
_SPECIAL = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,62}")
"""With a dot, as names without one are those of a house network; no number can look like it."""
_INSIDE = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")
_OTHER_SERVICES = frozenset(
    (
        *(1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080),
        *range(6665, 6670),
    )
)
"""Where no pages are and others could be harmed; browsers keep away from them as well."""

_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_(campaign|content|kwd|medium|source)|(fb|g|d|tt|tw|y)clid|msclkid"
    r"|gclsrc|gbraid|wbraid|igshid|igsh|li_fat_id|_ga|_gl|mc_[ce]id|mkt_tok|_hs(enc|mi)"
    r"|vero_(conv|id)|oly_(anon|enc)_id|wickedid"
)
"""Says from where somebody came, never what they see."""
_LOGIN = re.compile(r"/(log|sign)[-_]?(in|on)\b|/(sso|oauth2?|auth|anmelden)\b", re.IGNORECASE)


def is_public(address: Address) -> bool:
    """Whether a machine is in the public network, for everyone to reach."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _PRIVATE)
    return address in _GIVEN_OUT and not any(address in network for network in _SPECIAL)


def is_link(text: str) -> bool:
    """Whether somebody means an address by this, and not a file."""
    return re.match(r"\s*[a-z][a-z0-9+.-]*://", text, re.IGNORECASE) is not None


def checked(text: str) -> URL:
    """Return an address that may be looked up, without its fragment.

    Raises:
        LinkError: It is no address of a page, or one that is never opened.
    """
    text = text.strip()
    try:
        url = URL(text).with_fragment(None)
        host, port = url.raw_host or "", url.port or 0
    except ValueError as error:
        raise _malformed(text) from error
    is_page = url.scheme in ("http", "https") and is_link(text)
    if len(text) > MOST_CHARS or not is_page or re.search(r"[\s\0\\]", text) or not host:
        raise _malformed(text)
    if "@" in url.raw_authority:
        raise link_error(url, "bears a name or password", "error.link_password")
    host = host.removesuffix(".")
    is_name = "[" not in text.split("/")[2] and _NAME.fullmatch(host)
    if literal(host) is None and not is_name:
        raise link_error(url, "is no name of a public host", "error.link_refused")
    if f".{host}".endswith(_INSIDE):
        raise link_error(url, "is inside", "error.link_refused")
    if port not in (80, _SECURE) and (port < _PRIVILEGED or port in _OTHER_SERVICES):
        raise link_error(url, f"port {port} is no port of pages", "error.link_refused")
    whole = url if url.raw_path not in ("", "/") else url.with_path("/", keep_query=True)
    return whole.with_host(host)


def literal(host: str) -> Address | None:
    """Return the machine that a host names by number, in the one form that is no trick."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return found if "%" not in host else None


def plain(url: URL) -> str:
    """Return an address without what only says how somebody came there: one page, one address."""
    pairs = [
        pair
        for pair in url.raw_query_string.split("&")
        if pair and not _TRACKING.fullmatch(pair.partition("=")[0].lower())
    ]
    bare = url.with_query(None).with_fragment(None)
    return f"{bare}?{'&'.join(pairs)}" if pairs else str(bare)


def kept_as(link: str) -> str | None:
    """Return a link as pages are kept under it; None where it leads nowhere that all can reach."""
    try:
        return plain(checked(link))
    except LinkError:
        return None


def is_same_page(before: str, now: str) -> bool:
    """Whether a page that a server sends us to can be the one that was asked for, at its new address.

    It can't on another host, at the front page, or where the way back is kept, as logins do.
    """
    old, new = URL(before), URL(now)
    is_front = new.raw_path == "/" and old.raw_path != "/"
    is_login = _LOGIN.search(new.path) is not None and _LOGIN.search(old.path) is None
    back = {str(old), old.path_qs, old.path} - {"/"}
    is_on_the_way = not back.isdisjoint(new.query.values())
    return _bare_host(old) == _bare_host(new) and not (is_front or is_login or is_on_the_way)


def named_by_page(url: URL, named: str | None) -> str | None:
    """Return the address under which a page says that it belongs, if that is another one.

    It is believed about its own host alone, with or without `www.`; and a page below never belongs
    to the front page, which many name by mistake.
    """
    if not named:
        return None
    try:
        other = checked(str(url.join(URL(named.strip()))))
    except (LinkError, ValueError):
        return None
    is_front = other.raw_path == "/" and not other.raw_query_string and url.raw_path != "/"
    if _bare_host(other) != _bare_host(url) or is_front or plain(other) == plain(url):
        return None
    return plain(other)


def host_of(address: str | URL) -> str:
    """Return the host of an address, for the log and for taking turns."""
    try:
        return URL(address).raw_host or ""
    except ValueError:
        return ""


def lane_of(address: str | URL) -> str:
    """Return the lane of due work that asks the host of an address."""
    return f"host:{host_of(address)}"


def shown(address: str | URL) -> str:
    """Return an address as a sentence shows it: short, and without what stands after the `?`."""
    text = str(address).partition("://")[2] or str(address)
    text = re.split(r"[?#]", text, maxsplit=1)[0].rpartition("@")[2].rstrip("/")
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"


def link_error(
    address: str | URL,
    why: str,
    phrase: str,
    *,
    retry_after_s: float | None = None,
    **values: object,
) -> LinkError:
    """Make the error for a link.

    Args:
        address: The log sees its host alone.
        why: For the log, completes "<host> …".
        phrase: The sentence for the person; its `name` is the address as `shown`.
        retry_after_s: Where it may pass by itself: when to look again.
        values: What the sentence needs besides.
    """
    message = f"{host_of(address)!r} {why}"
    error = LinkError(message, phrase=phrase, name=shown(address), **values)
    error.retry_after_s = retry_after_s
    return error


def _malformed(text: str) -> LinkError:
    return LinkError("no address of a page", phrase="error.link_address", name=shown(text))


def _bare_host(url: URL) -> str:
    return (url.raw_host or "").removeprefix("www.")
