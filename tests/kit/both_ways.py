"""Core scenarios run both ways in every test run: with warm workers, and with Terraform started for every command.

`@BOTH_WAYS` on a test, or `pytestmark = BOTH_WAYS` on a module, runs it twice; `@WARM` is for tests that are about warm
workers, whatever the others do. All other tests run warm, and with TFWRAP_TEST_COLD=1 cold.
"""

from __future__ import annotations

import pytest

BOTH_WAYS = pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
WARM = pytest.mark.parametrize("cold", [False], ids=["warm"])
