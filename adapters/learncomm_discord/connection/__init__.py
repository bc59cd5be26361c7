"""The bot and its connections, kept up."""
