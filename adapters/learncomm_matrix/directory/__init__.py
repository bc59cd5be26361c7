"""Who and where: spaces, rooms, threads, direct talks and people, as rooms and accounts."""
