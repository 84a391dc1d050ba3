"""The base of every settings model: closed, frozen, strict, so that a typo or a quoted number is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    # Validators are built when the first environment is read, for what it needs: building all of them takes 0.1 s.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True, defer_build=True)
