"""The cipher suites that Envoy, built with BoringSSL, knows. It refuses a whole configuration for one it does not."""

from __future__ import annotations

import re

_SUITES = {
    "AES128-GCM-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA", "DES-CBC3-SHA",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA",
    "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-PSK-AES128-CBC-SHA", "ECDHE-PSK-AES256-CBC-SHA",
    "ECDHE-PSK-CHACHA20-POLY1305", "PSK-AES128-CBC-SHA", "PSK-AES256-CBC-SHA",
}  # fmt: skip
# Groups of suites, which `+` intersects and `!`, `-`, `+` in front take out or put last.
_GROUPS = {
    "ALL", "HIGH", "FIPS", "ECDHE", "EECDH", "kECDHE", "kEECDH", "kRSA", "kPSK", "aRSA", "aECDSA", "ECDSA",
    "aPSK", "PSK", "RSA", "AES", "AES128", "AES256", "AESGCM", "CHACHA20", "3DES", "SHA", "SHA1", "SHA256",
    "SHA384", "SSLv3", "TLSv1", "TLSv1.2",
}  # fmt: skip


def is_cipher(text: str) -> bool:
    """A suite, a group, or `[A|B]`, several of equal rank."""
    alternatives = text[1:-1].split("|") if text.startswith("[") and text.endswith("]") else [text]
    return all(_is_one(one) for one in alternatives)


def _is_one(text: str) -> bool:
    if text in _SUITES:
        return True
    return all(part in _GROUPS or part in _SUITES for part in re.sub(r"^[-+!]", "", text).split("+"))
