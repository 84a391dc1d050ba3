"""The reference set-up's environment, as the article has it, and a private install beside the public one."""

from __future__ import annotations

ENV = """\
stack: emissary
project_id: global-sre-dev
cluster: {name: sre-gke, region: us-central1, access: kubeconfig}
external_secrets:
  - {name: tls-secret, namespace: secret}
installs:
  public:
    namespace: emissary
    ambassador_id: ambassador
    load_balancer: {ip: 35.232.98.249}
    replicas: {count: 2, min: 2, max: 3, autoscaling: true}
    resolver: {name: my-resolver}
    cluster_request_timeout_ms: 120000
    hosts:
      - name: my-host-dev
        spec:
          hostname: '*.wadexu.cloud'
          requestPolicy: {insecure: {action: Redirect}}
          tlsContext: {name: my-tls-context}
          tlsSecret: {name: tls-secret, namespace: secret}
    tls_contexts:
      - {name: my-tls-context, spec: {hosts: ['*.wadexu.cloud'], min_tls_version: v1.2}}
    mappings:
      - {name: my-nginx-mapping, spec: {hostname: dev.wadexu.cloud, prefix: /, service: 'my-nginx.nginx:80'}}
  private:
    namespace: emissary-private
    ambassador_id: ambassador-private
    access: private
    load_balancer: {ip: 203.0.113.11, source_ranges: [198.51.100.0/24]}
    hosts:
      - name: private-host
        spec:
          hostname: admin.wadexu.cloud
          requestPolicy: {insecure: {action: Redirect}}
          tlsSecret: {name: tls-secret, namespace: secret}
    mappings:
      - {name: admin, spec: {hostname: admin.wadexu.cloud, prefix: /, service: 'admin.nginx:80'}}
"""
UNITS = ("emissary-crds", "public-ingress", "public-config", "private-ingress", "private-config")
