"""The words of an offer, put together so that neighbours in a list do not sound alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.demo.chance import Chance
from marketplace.demo.places import DemoPlace
from marketplace.demo.sources import Pair, Profile, ServiceTexts, filled, shared
from marketplace.i18n import LocalizedText

PLAIN_SHARE: Final = 0.35
"""How many offers have a plain-language text."""

MAX_SENTENCES: Final = 4


@dataclass(frozen=True, slots=True)
class DemoWords:
    """The texts of an offer in both languages."""

    title: LocalizedText
    summary: LocalizedText
    description: LocalizedText
    plain: LocalizedText

    def only(self, language: str) -> DemoWords:
        """These words in one language alone, for a company that writes in no other."""
        return DemoWords(
            *(_only(text, language) for text in (self.title, self.summary, self.description, self.plain))
        )


def profile_at(texts: ServiceTexts, turn: int, seed: int) -> Profile:
    """The profile of a pilot's offer number `turn` for the service: all of them come before one comes again."""
    order = list(range(len(texts.profiles)))
    Chance.of(seed, "profiles", texts.profiles[0].titles[0][0], turn // len(order)).shuffle(order)
    return texts.profiles[order[turn % len(order)]]


def write(
    texts: ServiceTexts,
    profile: Profile,
    *,
    turn: int,
    home: DemoPlace,
    features: Sequence[str],
    languages: Sequence[str],
    chance: Chance,
) -> DemoWords:
    """The texts of one offer. `turn` counts the pilot's offers of the service."""
    values = _values(home, chance)
    round_ = turn // len(texts.profiles)
    title = filled(profile.titles[round_ % len(profile.titles)], values)
    if home.known and (round_ >= 2 or chance.happens(0.35)):
        title = LocalizedText(f"{title.fi} {home.within[0]}", f"{title.sv} {home.within[1]}")
    return DemoWords(
        title=title,
        summary=filled(chance.one(profile.summaries), values),
        description=_description(texts, profile, features, languages, values, chance),
        plain=_plain(texts, values, chance) if chance.happens(PLAIN_SHARE) else LocalizedText(),
    )


def _description(
    texts: ServiceTexts,
    profile: Profile,
    features: Sequence[str],
    languages: Sequence[str],
    values: dict[str, Pair],
    chance: Chance,
) -> LocalizedText:
    """Two to four sentences: of the profile, the service, the features and languages, in an order that varies."""
    own = chance.some(profile.facts, 1, 2)
    common = chance.some(texts.facts, 1, 2)
    extra: list[Pair] = []
    told = [shared()["by_feature"][key] for key in features if key in shared()["by_feature"]]
    spoken = [shared()["by_language"][key] for key in languages if key in shared()["by_language"]]
    if told and chance.happens(0.5):
        extra.append(chance.one(told))
    if spoken and chance.happens(0.4):
        extra.append(chance.one(spoken))
    if chance.happens(0.5):
        extra.append(chance.one(shared()["facts"]))
    first, *others = own if chance.happens(0.6) else [*common[:1], *own]
    rest = [*others, *(fact for fact in common if fact is not first), *extra]
    chance.shuffle(rest)
    sentences = [filled((fi, sv), values) for fi, sv in [first, *rest][:MAX_SENTENCES]]
    return LocalizedText(" ".join(s.fi for s in sentences), " ".join(s.sv for s in sentences))


def _plain(texts: ServiceTexts, values: dict[str, Pair], chance: Chance) -> LocalizedText:
    """Short sentences, one on a line."""
    first, drawn = texts.plain[0], chance.some(texts.plain, 3, 4)
    what_it_is = drawn if first in drawn else [first, *drawn[:-1]]
    lines = [*what_it_is, chance.one(shared()["plain"])]
    sentences = [filled((fi, sv), values) for fi, sv in lines]
    return LocalizedText("\n".join(s.fi for s in sentences), "\n".join(s.sv for s in sentences))


def _values(home: DemoPlace, chance: Chance) -> dict[str, Pair]:
    """What the templates may ask for."""
    starts = chance.one(("8", "8.30", "9"))
    numbers = {
        "group": str(chance.between(5, 12)),
        "small": str(chance.between(3, 5)),
        "staff": str(chance.between(5, 48)),
        "ratio": str(chance.between(3, 5)),
        "cars": str(chance.between(3, 24)),
        "year": str(chance.between(1996, 2023)),
        "start": starts,
        "end": chance.one(("14", "15", "15.30", "16")),
    }
    return {"in": home.within, **{name: (number, number) for name, number in numbers.items()}}


def _only(text: LocalizedText, language: str) -> LocalizedText:
    return LocalizedText(fi=text.fi) if language == "fi" else LocalizedText(sv=text.sv)
