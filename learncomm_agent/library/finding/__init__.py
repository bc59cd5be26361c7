"""How a query is taken apart, and which passages answer it best."""
