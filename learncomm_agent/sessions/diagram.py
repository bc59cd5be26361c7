"""The engine's table as a picture: a state diagram in Mermaid's words, for the documentation."""

from learncomm_agent.sessions.session import TRANSITIONS
from learncomm_agent.sessions.state import Phase


def diagram() -> str:
    """Return the diagram; between two phases stands every event that may lead from one to the other."""
    ways: dict[tuple[Phase, Phase], list[str]] = {}
    for line in TRANSITIONS:
        for to in line.to:
            ways.setdefault((line.phase, to), []).append(line.event.__name__)
    rows = [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in ways.items()]
    return "\n".join(
        ["stateDiagram-v2", f"    [*] --> {Phase.PLANNED}", *rows, f"    {Phase.ENDED} --> [*]"]
    )
