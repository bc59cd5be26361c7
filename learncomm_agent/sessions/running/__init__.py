"""What carries a session's effects out: posts, threads, polls, calendars, drafts, nudges."""
