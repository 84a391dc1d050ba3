"""The beginning of an Emissary environment: an install, to which a test adds what it is about."""

from __future__ import annotations

EDGE = """\
stack: emissary
project_id: p
cluster: {name: c, access: kubeconfig}
external_secrets:
  - {name: tls-secret, namespace: secret}
installs:
  edge:
    namespace: edge
    ambassador_id: edge-id
"""
