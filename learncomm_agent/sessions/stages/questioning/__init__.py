"""Where the questions of `ask` come from, and what a leader makes of them; pure."""
