"""How votes are counted, groups made, readings paced and meetings put into calendars; pure."""
