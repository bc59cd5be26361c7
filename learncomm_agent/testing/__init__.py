"""Public test doubles: a fake platform with faults, a scripted model, a manual clock, a contract suite."""
