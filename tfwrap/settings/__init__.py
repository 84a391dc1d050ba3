"""What a user may write: project settings, env.yaml read with positions, backends, providers.

Knows files and models; never Terraform's graph, a process or a terminal.
"""
