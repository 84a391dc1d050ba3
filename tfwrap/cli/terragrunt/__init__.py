"""A Terragrunt tree read and said again as an env.yaml. Runs nothing; what cannot be carried over is listed."""
