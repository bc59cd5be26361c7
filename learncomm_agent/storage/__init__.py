"""What is kept on disk. SQL is the truth; the vectors can be rebuilt from it."""
