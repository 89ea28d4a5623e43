"""Whether the API answers at all; says nothing about any firm."""

from fastapi import APIRouter

router = APIRouter(tags=["health"])


@router.get("/health")
def health() -> dict[str, str]:
    """Ready."""
    return {"status": "ok"}
