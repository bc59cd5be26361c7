"""How many tokens a text is, where nobody has counted them. Pure."""

_BYTES_A_TOKEN = 3


def estimate(text: str) -> int:
    """Return about how many tokens a text is, rounded up.

    By its bytes, not its characters: vocabularies are learned from bytes, so a character that takes
    three of them (Chinese, Thai, Hindi) is often a token of its own, and one that takes four may be
    several. Latin letters are four bytes a token or more, so there it errs upwards. It can be too
    low for what no vocabulary has learned, such as long numbers and rare scripts.
    """
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)
