"""What has a language model write, and makes items of what it filled in."""
