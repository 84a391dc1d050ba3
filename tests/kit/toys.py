"""A chart and an overlay, each of a ConfigMap and a Secret, in modules whose units can stand one after another.

`text` is known in the plan, `made` once the unit is applied. The overlay has that with APPLIED, which makes objects of
it, and whose provider asks a cluster for every plan of them.
"""

from __future__ import annotations

_HELM = """\
terraform {
  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = "1.3.2"
    }
  }
}

variable "text" {
  type = string
}

resource "helm_release" "this" {
  name             = var.text
  namespace        = "toys"
  create_namespace = true
  chart            = "${path.module}/chart"
  values           = [file("${path.module}/values.yaml")]

  set_sensitive {
    name  = "secret"
    value = "hidden-${var.text}"
  }

  set {
    name  = "text"
    value = var.text
  }
}

output "text" {
  value = var.text
}

output "made" {
  value = "${helm_release.this.name}-${helm_release.this.status}"
}
"""
_KUSTOMIZATION = """\
terraform {
  required_providers {
    kustomization = {
      source  = "kbst/kustomization"
      version = "0.9.8"
    }
  }
}

variable "text" {
  type = string
}

data "kustomization_overlay" "this" {
  name_prefix = "${var.text}-"
  namespace   = "default"
  resources   = ["${path.module}/overlay"]
}

output "text" {
  value = var.text
}

output "ids" {
  value = data.kustomization_overlay.this.ids
}
"""
_APPLIED = """\
resource "kustomization_resource" "this" {
  for_each = toset(["_/ConfigMap/default/${var.text}-toy", "_/Secret/default/${var.text}-toy"])
  manifest = data.kustomization_overlay.this.manifests[each.value]
}

output "made" {
  value = "${var.text}-${length(kustomization_resource.this)}"
}
"""
_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {text: %s}\n"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData: {text: %s}\n"

TOYS = {
    "modules/helm/main.tf": _HELM,
    "modules/helm/values.yaml": "text: x\n",
    "modules/helm/chart/Chart.yaml": "apiVersion: v2\nname: toy\nversion: 0.1.0\n",
    "modules/helm/chart/templates/map.yaml": _MAP % ("'{{ .Release.Name }}'", "{{ .Values.text | quote }}"),
    "modules/helm/chart/templates/secret.yaml": _SECRET % ("'{{ .Release.Name }}'", "{{ .Values.secret | quote }}"),
    "modules/kustomization/main.tf": _KUSTOMIZATION,
    "modules/kustomization/overlay/kustomization.yaml": "resources: [map.yaml, secret.yaml]\n",
    "modules/kustomization/overlay/map.yaml": _MAP % ("toy", "x"),
    "modules/kustomization/overlay/secret.yaml": _SECRET % ("toy", "x"),
}
APPLIED = {"modules/kustomization/applied.tf": _APPLIED}
