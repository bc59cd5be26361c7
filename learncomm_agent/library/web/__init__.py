"""What is behind links and in feeds: fetched politely, kept fresh, never from a private network."""
