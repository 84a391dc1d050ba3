"""graph + engine + plan -> a record of the run: schedule, inputs, bundle, plan, apply, journal.

Decides what runs when, with which inputs, and what it means. Prints nothing: it tells a Listener.
"""
