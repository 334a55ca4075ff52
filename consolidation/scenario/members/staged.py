"""The effects of a scenario stage by stage, with or without its management actions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from consolidation.scenario.members.member import MemberEffect


@dataclass
class StagedEffects:
    """``shocks`` and ``actions``: effects by stage, in order; ``called``: guarantees that end in it.

    ``sold`` and ``bought``: who has left, who has joined by its end; ``first``: the number of the first stage.
    """

    shocks: list[list[MemberEffect]] = field(default_factory=list)
    actions: list[list[MemberEffect]] = field(default_factory=list)
    called: list[set[str]] = field(default_factory=list)
    sold: list[set[str]] = field(default_factory=list)
    bought: list[set[str]] = field(default_factory=list)
    first: int = 1

    @property
    def stage(self) -> int:
        """The number of the stage that happens."""
        return self.first + len(self.shocks) - 1

    def begin_stage(self) -> None:
        """Add a stage in which nothing has happened yet."""
        self.shocks.append([])
        self.actions.append([])
        self.called.append(set())
        self.sold.append(set(self.sold[-1]) if self.sold else set())
        self.bought.append(set(self.bought[-1]) if self.bought else set())

    def until(self, stage: int) -> list[MemberEffect]:
        """Everything that has happened by the end of a stage, counted from 0: all shocks, then all actions."""
        return [*_flat(self.shocks[: stage + 1]), *_flat(self.actions[: stage + 1])]

    def called_until(self, stage: int) -> set[str]:
        """The guarantees that no longer stand."""
        return {id for of_stage in self.called[: stage + 1] for id in of_stage}


def _flat(effects: Iterable[list[MemberEffect]]) -> list[MemberEffect]:
    return [effect for of_stage in effects for effect in of_stage]
