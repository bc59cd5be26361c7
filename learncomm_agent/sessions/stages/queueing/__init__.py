"""How `queue` keeps its line of questions; pure."""
