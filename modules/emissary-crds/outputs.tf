output "name" {
  description = "Name of the release."
  value       = helm_release.this.name
}

output "namespace" {
  description = "Namespace of the release."
  value       = helm_release.this.namespace
}

output "chart_version" {
  description = "Version of the chart."
  value       = helm_release.this.version
}

output "app_version" {
  description = "Emissary's version, from a chart folder; null for a chart that is fetched."
  value       = try(local.description.appVersion, null)
}
