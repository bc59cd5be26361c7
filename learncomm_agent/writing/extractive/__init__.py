"""What writes without a language model: everything in the words of passages and members."""
