"""The OpenAPI document, made true: errors come as problem documents only, which FastAPI cannot say by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

PROBLEM = "application/problem+json"
FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")


def documented(api: FastAPI) -> Callable[[], dict[str, Any]]:
    """What stands in for `api.openapi`."""
    made = api.openapi
    kept: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not kept:
            kept.update(_true(made()))
        return kept

    return openapi


def _true(document: dict[str, Any]) -> dict[str, Any]:
    for methods in document["paths"].values():
        for route in methods.values():
            for status in [status for status in route["responses"] if status >= "4"]:
                content = route["responses"][status].get("content", {})
                if PROBLEM not in content:
                    # Added by the framework to routes whose parameters cannot be malformed.
                    del route["responses"][status]
                else:
                    content.pop("application/json", None)
    for name in FRAMEWORKS_OWN:
        document["components"]["schemas"].pop(name, None)
    return document
