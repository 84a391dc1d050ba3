"""Settings -> Stack: the kinds of stack a user may name, and the units each is made of.

A stack says what is to be generated and run; it writes no file and starts nothing.
"""
