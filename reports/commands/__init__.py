"""Commands that `cli.py` lists and that need a module of their own: what they ask, do and say."""
