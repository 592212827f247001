"""The commands, one function each, named as on the command line."""
