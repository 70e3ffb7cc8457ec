"""What a harness has counted, and its last words: the soak reads the last line."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_SENTENCES = 20


@dataclass
class Counted:
    """A sentence for each thing that was lost or doubled. `runs` counts what `unit` names."""

    runs: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> dict[str, list[str]]:
        """What must be empty, by kind."""
        return {"lost": self.lost, "doubled": self.doubled}

    @property
    def none(self) -> bool:
        return not any(self.sentences.values())

    def told(self, *lines: str, unit: str = "runs") -> int:
        """Prints it, these lines before the last one; 0 when nothing was found, else 1."""
        for kind, each in self.sentences.items():
            for sentence in each[:MOST_SENTENCES]:
                print(f"{kind}: {sentence}")
        for line in lines:
            print(line)
        print(f"{self.runs} {unit}, {len(self.lost)} lost, {len(self.doubled)} doubled")
        return 0 if self.none else 1
