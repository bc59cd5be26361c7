"""A library or a whole store on its way: export and import, backup and restore."""
