"""The checks between whoever writes and whoever reads."""
