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

    def told(self, *lines: str, unit: str = "runs") -> int:
        """Prints it, these lines before the last one; 0 when nothing was lost or doubled, else 1."""
        for kind, sentences in (("lost", self.lost), ("doubled", self.doubled)):
            for sentence in sentences[:MOST_SENTENCES]:
                print(f"{kind}: {sentence}")
        for line in lines:
            print(line)
        print(f"{self.runs} {unit}, {len(self.lost)} lost, {len(self.doubled)} doubled")
        return 1 if self.lost or self.doubled else 0
