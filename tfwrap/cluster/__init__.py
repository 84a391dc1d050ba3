"""Emissary outside of Terraform: its charts, and its cluster before and after. Reads; never changes a cluster."""
