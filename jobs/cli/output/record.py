"""What the commands of the record print: what fits, what does not, and what came of computing runs again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.text import Text
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from jobs.cli.output.tables import lines
from jobs.pipeline.files.run_folder import FILES, RUN_FILE, changed_files
from jobs.usage import UsageError
from monitoring.record.backup import Copied
from monitoring.record.proof import Proof
from monitoring.record.recompute import UnusableSet, recompute, rulebook_of
from monitoring.record.verify import SHORTEST_HEAD, Misfit, Verification, verify
from monitoring.store.current import RUN
from monitoring.store.integrity.digests import COVERED, OF_INPUT_SET, OF_RUN, OF_STRESS_TEST, digests
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

__all__ = [
    "SHORTEST_HEAD",
    "Verified",
    "as_json",
    "folder",
    "print_copy",
    "print_proof",
    "print_verification",
    "proof_json",
    "verified",
    "verified_as",
]
_SET = Base.metadata.tables["input_set"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of a store: the walk of its chain, and of every run what came of computing it again.

    ``same``: runs that gave the same. ``different``: run → tables that differ. ``left_out``: run → code and place of the reason.
    """

    verification: Verification
    same: tuple[int, ...] = ()
    different: tuple[tuple[int, tuple[str, ...]], ...] = ()
    left_out: tuple[tuple[int, str, str], ...] = ()

    @property
    def misfits(self) -> tuple[Misfit, ...]:
        """What does not fit the chain."""
        return self.verification.misfits


def verified(store: Store, head: str | None, *, recompute: bool) -> Verified:
    """Walk the chain; with ``recompute`` compute every run again whose filing set is still there."""
    walked = verify(store, known_head=head)
    if not recompute:
        return Verified(walked)
    same, different, left_out = [], [], []
    for run, result in _recomputed(store):
        if isinstance(result, str):
            code, _, place = result.partition(" ")
            left_out.append((run, code, place))
        elif result:
            different.append((run, result))
        else:
            same.append(run)
    return Verified(walked, tuple(same), tuple(different), tuple(left_out))


def verified_as(store: Store, verification: Verification) -> Verified:
    """A walk that was made already."""
    return Verified(verification)


def _recomputed(store: Store) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    """Of every run the tables that come out otherwise now, or why it was not computed."""
    query = select(RUN, _SET.c.data_hash).join(_SET, _SET.c.id == RUN.c.input_set_id).order_by(RUN.c.id)
    with store.reading() as connection:
        runs = connection.execute(query).all()
    for run in runs:
        arguments = json.loads(run.arguments)
        if not Path(run.source).exists():
            yield run.id, f"gone {run.source}"
            continue
        try:
            law = rulebook_of(arguments, Rulebook.load())
            again = recompute(run.source, arguments, law) if law.hash == run.rulebook_hash else None
        except UnusableSet:
            yield run.id, f"gone {run.source}"
            continue
        if again is None:
            yield run.id, f"other-law {run.source}"
        elif again.data_hash != run.data_hash:
            yield run.id, f"other-data {run.source}"
        else:
            with store.reading() as connection:
                kept = {name: digests(connection, name, [run.id])[run.id] for name in OF_RUN}
            yield run.id, tuple(name for name, digest in kept.items() if again.digests[name] != digest)


def print_verification(found: Verified, language: str) -> None:
    """One line where all fits; else the first thing that does not, then the others."""
    console, walked = lines(), found.verification
    if not found.misfits:
        console.print(
            say("record.fits", language, links=walked.links, covered=walked.covered, head=walked.head or "–")
        )
    else:
        first, *others = found.misfits
        console.print(Text(say("record.fits_not", language, count=len(found.misfits)), "red"))
        console.print(f"  {_sentence(first, language)}")
        if others:
            console.print(say("record.further", language))
        for one in others:
            console.print(f"  {_sentence(one, language)}")
    if found.same:
        console.print(say("record.recomputed", language, count=len(found.same)))
    for run, names in found.different:
        console.print(Text(say("record.differs", language, run=run, names=", ".join(names)), "red"))
    for run, code, place in found.left_out:
        why = say(f"record.why.{code}", language, place=place)
        console.print(say("record.not_recomputed", language, run=run, why=why))


def _sentence(misfit: Misfit, language: str) -> str:
    link = say("record.at_link", language, seq=misfit.seq) if misfit.seq and misfit.name in COVERED else ""
    detail = say("record.detail", language, rows=misfit.detail) if misfit.detail else ""
    places = {"seq": misfit.seq, "name": misfit.name, "number": misfit.key, "detail": detail}
    return link + say(f"record.{misfit.fault.value}", language, thing=_thing(misfit, language), **places)


def _thing(misfit: Misfit, language: str) -> str:
    key = f"record.thing.{misfit.name}"
    if misfit.name in OF_RUN:
        key = "record.thing.of_run"
    elif misfit.name in OF_INPUT_SET:
        key = "record.thing.of_set"
    elif misfit.name in OF_STRESS_TEST:
        key = "record.thing.of_stress_test"
    elif label(key, language) == key:
        key = "record.thing"
    return say(key, language, name=misfit.name, number=misfit.key)


def as_json(found: Verified) -> dict[str, Any]:
    """The same for programs."""
    return {
        "links": found.verification.links,
        "head": found.verification.head,
        "covered": found.verification.covered,
        "misfits": [
            {**asdict(misfit), "says": {code: _sentence(misfit, code) for code in ("zh", "en")}}
            for misfit in found.misfits
        ],
        "recomputed": {
            "same": list(found.same),
            "different": {run: list(names) for run, names in found.different},
            "left_out": {run: code for run, code, _ in found.left_out},
        },
    }


def print_proof(proof: Proof, language: str) -> None:
    """What was looked at in a bundle, one line each, and the verdict."""
    console = lines()
    if proof.group_id:
        places = {"group": proof.group_id, "period": proof.period_end, "run": proof.run_id}
        console.print(say("record.proof_of", language, **places, head=proof.head))
    for check in proof.checks:
        word = say("record.same" if check.is_same else "record.different", language)
        what = f" {say(f'record.proof.{check.what}', language)} {check.subject}"
        console.print(Text.assemble((word, "green" if check.is_same else "red"), what))
    different = sum(not check.is_same for check in proof.checks)
    verdict = "record.proof_different" if different else "record.proof_same"
    console.print(say(verdict, language, count=different))


def proof_json(proof: Proof) -> dict[str, Any]:
    """The same for programs."""
    return {**asdict(proof), "is_same": proof.is_same}


def folder(place: Path, language: str) -> bool:
    """Hold an output folder against its manifest; whether it fits.

    :raises UsageError: where no run is in it.
    """
    try:
        run = json.loads((place / RUN_FILE).read_text("utf-8"))
        kept = run[FILES]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError.says("usage.no-manifest", place=place) from None
    changed = changed_files(place, run)
    for name in changed:
        print(say("record.folder_changed", language, folder=place, file=name))
    if not changed:
        print(say("record.folder_fits", language, folder=place, count=len(kept)))
    return not changed


def print_copy(copied: Copied, language: str) -> None:
    """Where the copy is, whether it fits its chain, and which old ones went."""
    print(say("record.copied", language, file=copied.file, size=copied.file.stat().st_size))
    for file in copied.removed:
        print(say("record.removed", language, file=file))
    print_verification(Verified(copied.verification), language)
