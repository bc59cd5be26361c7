"""The kinds of stages, one small pure module each."""
