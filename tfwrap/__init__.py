"""tfwrap: typed environments for Terraform."""

__version__ = "0.1.0"
