"""This repository's source builds, as settings of another project: one mirror, whose providers may keep running."""

from __future__ import annotations

from parts.provider import ROOT

BUILDS = "".join(
    f"""
[source_builds."{name}"]
dir = "{ROOT}/tools/{folder}"
package = "{package}"
version = "{version}"
"""
    for name, folder, package, version in (
        ("hashicorp/helm", "terraform-provider-helm", "github.com/hashicorp/terraform-provider-helm", "1.3.2"),
        ("kbst/kustomization", "terraform-provider-kustomize", "github.com/kbst/terraform-provider-kustomize", "0.9.8"),
    )
)
