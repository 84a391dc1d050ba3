"""The only room that starts processes: Terraform (embedded or a program), providers, hooks, git, Go.

Knows argv, environments, logs and exit statuses; nothing of units, graphs or what a plan means.
"""
