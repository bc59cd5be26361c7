"""Communities on Matrix."""
