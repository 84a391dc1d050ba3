locals {
  chart = coalesce(var.chart, "${path.module}/chart")

  # Chart.yaml of a chart folder, so that its version is known at plan; null for a packaged or a fetched chart.
  description = var.chart_repository == null ? try(yamldecode(file("${local.chart}/Chart.yaml")), null) : null
}

resource "helm_release" "this" {
  name       = var.name
  namespace  = var.namespace
  repository = var.chart_repository
  chart      = local.chart
  values     = var.values

  # A changed chart shows in a plan by its version only, never by its files: tfwrap keeps a hash of them there (8.2.0+1a2b3c4d).
  version = try(local.description.version, var.chart_version)

  create_namespace = var.create_namespace
  timeout          = var.timeout
  wait             = var.wait

  # A plan, not an apply, says which value the chart does not know. Charts of others may never have been linted.
  lint = var.chart == null
}
