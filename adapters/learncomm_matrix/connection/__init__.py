"""The homeserver behind a typed seam, followed event by event."""
