"""Who and where: servers, channels, threads and people as rooms and accounts."""
