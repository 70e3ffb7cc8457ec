"""One target under a coverage-guided fuzzer, in a process of its own; `python -m tests.fuzz` starts it.

libFuzzer ends the process by itself: 0 when the time is over, anything else when it has found something, which then
lies in the folder as `crash-...`, `timeout-...` or `oom-...`.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

INSTRUMENTED = ["edge", "sync", "hr", "settings", "tomllib"]
SLOWEST_INPUT_S = 10
MOST_MEMORY_MB = 1024
"""Of the whole process, with the instrumented code and the corpus."""


def main() -> None:
    name, seconds, seed, folder = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = importlib.import_module("tests.fuzz.targets").TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for place, data in enumerate(target.seeds()):
        (corpus / str(place)).write_bytes(data)
    options = {
        "max_total_time": seconds,
        "seed": seed,
        "max_len": target.longest,
        "timeout": SLOWEST_INPUT_S,
        "rss_limit_mb": MOST_MEMORY_MB,
        "artifact_prefix": f"{folder}/",
        "print_final_stats": 1,
    }
    arguments = [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(corpus)]
    atheris.Setup(arguments, target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
