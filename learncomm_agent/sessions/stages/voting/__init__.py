"""How `vote` takes ballots and comes to a result; pure."""
