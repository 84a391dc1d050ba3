"""Real programs, and readers of what they print, for tests of every room. Nothing of the product."""
