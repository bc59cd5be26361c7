"""What people can ask for, each declared once for every platform and the command line."""
