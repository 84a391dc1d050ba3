"""Names and edges: order, layers, selection, drawings. Knows no Terraform."""
