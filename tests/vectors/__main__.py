"""Runs files of worked examples: `python -m tests.vectors FILE...`. Exits with 1 unless all come out as they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.vectors import attendance, attribution, piece_rate

Shape = dict[str, Any]


def of_vector_alone(run: Callable[[str, Shape], Shape]) -> Callable[[str, Shape, Shape], Shape]:
    """For a schema whose examples need nothing else of their file."""
    return lambda kind, given, _file: run(kind, given)


RUN = {
    "attribution/1": of_vector_alone(attribution.result),
    "attendance/1": attendance.result,
    "piece_rate/1": of_vector_alone(piece_rate.result),
}
NOT_BUILT = frozenset({"hr_modules/1"})


def failures(vector: Shape, schema: str, file: Shape | None = None) -> Iterator[tuple[str, object, object]]:
    """The parts of `expected` that came out otherwise, each with what was expected and what was got. `file`: the whole
    file, where the examples share something of it."""
    try:
        got = RUN[schema](vector["kind"], vector["input"], file or {})
    except Exception as fault:  # noqa: BLE001 - one example that cannot be run must not hide the others
        yield "", vector["expected"], repr(fault)
        return
    for part, expected in vector["expected"].items():
        refused = part == "error" and part in got  # the examples name refusals otherwise than we do
        if not refused and got.get(part) != (sorted(expected) if part == "flags" else expected):
            yield part, expected, got.get(part)


def failed_of(file: Path) -> int:
    """How many examples failed; of a file whose rules are not built, all. Raises OSError, ValueError, KeyError."""
    content = json.loads(file.read_text("utf-8"))
    schema, vectors = content["schema"], content["vectors"]
    if schema not in RUN:
        why = "the rules of this schema are not built" if schema in NOT_BUILT else "this schema is not known"
        print(f"{file}: {schema}: {why}; {len(vectors)} examples were not run")
        return len(vectors) or 1
    failed = 0
    for vector in vectors:
        found = list(failures(vector, schema, content))
        failed += bool(found)
        for part, expected, got in found:
            print(f"{vector['id']} {part}\n  expected {expected}\n  got      {got}")
    print(f"{file}: {len(vectors) - failed} passed, {failed} failed")
    return failed


def main(files: list[str]) -> int:
    if not files:
        print("usage: python -m tests.vectors FILE...")
        return 2
    return 1 if sum([failed_of(Path(file)) for file in files]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
