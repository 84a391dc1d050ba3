"""An install of Emissary without a cluster: its settings compiled to an Envoy configuration and run on loopback.

    site       settings → what Emissary would see (and what it would leave out)
    groups     Mappings → the groups Emissary orders and weighs
    routes, clusters, tls, filters, listeners → Envoy's words for each
    compile    all of it → one Envoy configuration, a table of routes, and what a preview cannot do
    envoy, echo, certificates, check → a real Envoy, its upstream, its secrets, a client

Follows what Emissary 3.2 does, also where that surprises. What it cannot follow is listed, never dropped in
silence. Never talks to a cluster, never listens anywhere but on loopback.
"""
