"""Words every room knows: exit codes, problems with a place, failures, masking, atomic files.

Nothing here knows Terraform, settings or a terminal.
"""
