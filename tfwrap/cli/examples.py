"""Examples for the help of commands that have none in their own text: before the options, as everywhere."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "show": ("tfwrap show dev", "tfwrap show dev --open", "tfwrap show .tfwrap/plans/dev --json"),
    "destroy": ("tfwrap destroy dev", "tfwrap destroy dev -u app+", "tfwrap plan dev --destroy"),
    "drift": ("tfwrap drift dev", "tfwrap drift dev --report drift.html"),
    "generate": ("tfwrap generate dev --diff", "tfwrap generate dev", "tfwrap generate dev --check"),
    "chart": (
        "tfwrap chart dev template emissary-ingress",
        "tfwrap chart dev lint",
        "tfwrap chart dev build -o charts",
    ),
    "providers": ("tfwrap providers", "tfwrap providers lock dev", "tfwrap providers mirror"),
    "list": ("tfwrap list", "tfwrap list --json"),
    "affected": (
        "tfwrap affected dev --base main",
        "tfwrap affected dev --base origin/main --format matrix",
        "tfwrap plan dev -u changed:main+",
    ),
    "output": ("tfwrap output dev", "tfwrap output dev network.id", "tfwrap output dev --json"),
    "state": ("tfwrap state dev", "tfwrap state dev --json"),
    "exec": ("tfwrap exec dev network -- terraform state list",),
    "unlock": ("tfwrap unlock dev network 5c1e7a90-0c4e-4f0f-9d5e-1a2b3c4d5e6f",),
    "doctor": ("tfwrap doctor dev", "tfwrap doctor dev --json"),
    "verify": ("tfwrap verify dev", "tfwrap verify dev --connect-to :443:203.0.113.10:443"),
    "preview": ("tfwrap preview dev", "tfwrap preview dev --check https://example.com/"),
    "atlantis": ("tfwrap atlantis generate", "tfwrap atlantis check"),
    "explain": ("tfwrap explain E102", "tfwrap explain R10"),
    "schema": ("tfwrap schema units > live/units.schema.json", "tfwrap schema report"),
}
