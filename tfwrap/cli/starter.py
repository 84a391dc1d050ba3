"""What `tfwrap new` writes: the texts of a first project, environment, unit and module. Pure; each plans as it is."""

from __future__ import annotations

PROJECT = """\
# Settings of tfwrap for this project; `tfwrap help settings` lists every key.
live = "live"
modules = "modules"
terraform = ">= 1.9, < 2"
"""

# Local state may hold secrets, so it does not belong into git either.
GITIGNORE = """\
.tfwrap/
.terraform/
/state/
"""

_VARIABLES = """\
variable "name" {
  description = "What to call it."
  type        = string
}
"""

_RESOURCES = """\
resource "terraform_data" "this" {
  input = var.name
}
"""

_OUTPUTS = """\
output "id" {
  description = "Known once it is applied."
  value       = terraform_data.this.id
}

output "name" {
  description = "The name given."
  value       = var.name
}
"""

MODULE_FILES = {"variables.tf": _VARIABLES, "main.tf": _RESOURCES, "outputs.tf": _OUTPUTS}
MODULE = "\n".join(MODULE_FILES.values())  # of one file, for a first look


def header(stack: str) -> str:
    """Editors with a YAML language server complete and check by the schema that stands beside the environments."""
    return f"# yaml-language-server: $schema=../{schema_name(stack)}\n"


def schema_name(stack: str) -> str:
    return f"{stack}.schema.json"


def units_environment(name: str, module: str) -> str:
    return f"""\
{header("units")}# The environment {name}. Try: tfwrap plan {name}
stack: units

units:
  hello:
    module: {module}
    inputs:
      name: hello from {name}
  # One that reads an output of another comes after it by itself:
  # world:
  #   module: {module}
  #   inputs: {{name: "${{hello.id}}"}}
"""


def emissary_environment(name: str) -> str:
    return f"""\
{header("emissary")}# Emissary-ingress in the cluster of your kubeconfig. Try: tfwrap plan {name}
stack: emissary
project_id: my-project
cluster: {{name: my-cluster, access: kubeconfig}} # or: region: us-central1, access: gke

installs:
  emissary:
    namespace: emissary
    ambassador_id: ambassador
    replicas: {{count: 2, min: 2, max: 3}}

    # hosts:
    #   - name: my-host
    #     spec:
    #       hostname: example.com
    #       requestPolicy: {{insecure: {{action: Redirect}}}}
    #       tlsSecret: {{name: my-certificate}}

    # mappings:
    #   - {{name: my-app, spec: {{hostname: example.com, prefix: /, service: 'my-app.default:80'}}}}
"""
