data "kustomization_build" "this" {
  path = var.path
}

locals {
  built = data.kustomization_build.this
  crds  = toset([for id in local.built.ids : id if startswith(id, "apiextensions.k8s.io/CustomResourceDefinition/")])
}

# Deleting a CRD deletes every resource of its kind in the cluster, also those that Terraform never heard of.
resource "kustomization_resource" "crds" {
  for_each = local.crds

  manifest = local.built.manifests[each.value]

  lifecycle {
    prevent_destroy = true
  }
}

# Namespaces first, then all the rest, then what would stand in the way of the others, such as webhooks.
resource "kustomization_resource" "first" {
  for_each = setsubtract(local.built.ids_prio[0], local.crds)

  manifest = local.built.manifests[each.value]

  depends_on = [kustomization_resource.crds]
}

resource "kustomization_resource" "second" {
  for_each = local.built.ids_prio[1]

  manifest = local.built.manifests[each.value]
  wait     = var.wait

  depends_on = [kustomization_resource.first]
}

resource "kustomization_resource" "last" {
  for_each = local.built.ids_prio[2]

  manifest = local.built.manifests[each.value]

  depends_on = [kustomization_resource.second]
}
