"""Integers split without losing one: largest remainder, ties to the smallest key (AB-R4, AB-R6, PR-R6)."""

from __future__ import annotations

from collections.abc import Mapping


def split(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """`total` in whole parts proportional to the weights; the parts add up to `total`. ValueError without weight."""
    whole = sum(weights.values())
    if whole <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError(f"cannot split {total} over weights {dict(weights)}")
    parts = {key: total * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return parts
