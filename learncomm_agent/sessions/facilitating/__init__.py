"""When the facilitator speaks, holds, or nudges one member in private, and how participation is measured; pure."""
