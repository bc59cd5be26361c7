"""What is written in rooms that are read, as conversations that a search finds."""
