"""Commands: one file per group. The only room that prints and exits."""
