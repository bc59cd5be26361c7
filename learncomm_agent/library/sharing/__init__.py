"""What members post and react to, on its way into the library."""
