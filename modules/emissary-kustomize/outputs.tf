output "ids" {
  description = "What was installed: group/Kind/namespace/name of each object."
  value       = sort(data.kustomization_build.this.ids)
}
