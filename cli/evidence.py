"""What a journal proves: `clockpiece export` at the box, `clockpiece verify` anywhere."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import CONFIG

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from sync.wire.verify import Problem, Report


@click.command()
@CONFIG
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path, target: Path) -> None:
    """Writes every journal of this box, with HR's receipts, to TARGET. While core runs or not, card damaged or not."""
    from database import NotThereYet
    from edge.bootstrap import BoxFiles
    from edge.bootstrap.export import exported
    from sync.enrolling.keys import own_key
    from sync.reference.store import ReferenceReader
    from sync.wire.envelope import b64, public_text
    from sync.wire.verify import Signed, written

    files = BoxFiles.read(file)
    hr = files.config.hr
    key = own_key(files.path(hr.signing_key)) if hr else None
    reader = ReferenceReader(files.reference, files.key())
    try:
        kept = list(reader.receipts())
    except NotThereYet:
        kept = []
    receipts = [Signed(each.epoch, each.seq, each.body.decode(), each.nonce, b64(each.signature)) for each in kept]
    lines = exported(files, public_text(key.public_key()) if key else "", hr.public_key if hr else "", receipts)
    try:
        # People appear in it as keys; still it is nobody else's to read, and a finished one is not written over.
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise click.ClickException(f"{target} exists already: give another name") from error
    with os.fdopen(handle, "wb") as stream:
        stream.writelines(written(lines, key))
        stream.flush()
        os.fsync(stream.fileno())
    click.echo(f"{target} is written. Check it with:  clockpiece verify {target}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--box-key", help="The box's public key, as the file's first line should have it.")
@click.option("--hr-key", help="HR's public key, as `clockpiece hr init` printed it.")
@click.option("--json", "as_json", is_flag=True)
def verify(file: Path, box_key: str | None, hr_key: str | None, as_json: bool) -> None:
    """Checks an exported journal with public keys only: hashes, chain, receipts. Exits 1 when something is wrong."""
    from sync.wire.verify import NotAnExport
    from sync.wire.verify import verify as checked

    try:
        with file.open("rb") as lines:
            report = checked(lines, _key(box_key), _key(hr_key))
    except NotAnExport as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(json.dumps({**asdict(report), "good": not report.problems}) if as_json else "\n".join(said(report)))
    sys.exit(1 if report.problems else 0)


def _key(text: str | None) -> Ed25519PublicKey | None:
    from sync.wire.envelope import WireError, public_from_text

    try:
        return public_from_text(text) if text else None
    except WireError as error:
        raise click.ClickException(str(error)) from error


def said(report: Report) -> list[str]:
    """The report in sentences: what is wrong first, then what is proven and what is not."""
    lines = []
    first = report.first_bad
    if first is not None:
        lines.append(f"First bad: {_sentence(first)}")
        others = [each for each in report.problems if each is not first]
        lines += [f"  also {_sentence(each)}" for each in others[:20]]
        lines += [f"  and {len(others) - 20} more"] if len(others) > 20 else []
    for each in report.journals:
        lines.append(f"Epoch {each.epoch} of {report.device}: {each.facts} facts, {each.first} to {each.last}.")
        if each.receipt:
            lines.append(f"  Up to {each.receipt} HR has signed for the chain.")
        if each.last > each.receipt:
            lines.append(f"  From {each.receipt + 1} to {each.last} there is only the box's own word.")
    lines += [f"Note: {note}." for note in report.notes]
    lines.append("Something does not hold." if report.problems else "All hashes, chains and receipts hold.")
    return lines


def _sentence(problem: Problem) -> str:
    """Of the file as a whole, or of some of its facts."""
    if not problem.epoch:
        return problem.reason
    facts = f"facts {problem.first} to {problem.last or 'the end'}"
    where = f"fact {problem.first}" if problem.last == problem.first else facts
    return f"epoch {problem.epoch}, {where}: {problem.reason}"
