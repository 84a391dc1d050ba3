"""HCL out (`nodes`, `write`) and in (`read`, `types`). Knows Terraform's language, nothing of units."""
