"""Invented offers for measuring search: the same seed gives the same offers, of any number, one at a time."""

import random
from collections.abc import Iterator

from marketplace.language.keys import KeyMaker, Passage
from marketplace.pilots.vocabulary import FEATURES, GROUPS, LANGUAGES, MUNICIPALITIES, SERVICES
from marketplace.search.engine import Document
from marketplace.search.facets import FACETS

PLACES = 160
BANDS = ("weekday_day", "weekday_evening", "saturday", "sunday_holiday", "night")

PHRASES = {
    "fi": (
        "Pieni ryhmä ja tutut ohjaajat", "Kuljetus kotiovelta sovitaan erikseen", "Ruokailu keittiön pöydässä",
        "Retkiä lähimetsään ja uimahalliin", "Autamme kaupassa ja lääkärissä käynneissä", "Osaamme viittoa",
        "Rauhallinen tila herkästi kuormittuvalle", "Siivous ja pyykinpesu sovittuina päivinä",
        "Tuemme asumista omassa kodissa", "Lapsiperheen arki kevenee", "Omaishoitaja saa levätä",
        "Muistisairaan rinnalla kulkeva hoitaja", "Musiikkia ja käsitöitä viikoittain",
        "Esteetön auto ja pyörätuolihissi", "Yöhoitoa tarvittaessa", "Liikuntaa tuolilla ja altaassa",
    ),
    "sv": (
        "Liten grupp och bekanta handledare", "Transport hemifrån enligt överenskommelse", "Måltider vid köksbordet",
        "Utflykter till skogen och simhallen", "Vi hjälper i butiken och hos läkaren", "Vi kan tecken som stöd",
        "Lugnt rum för den som behöver det", "Städning och tvätt på avtalade dagar",
        "Vi stöder boendet i det egna hemmet", "Barnfamiljens vardag blir lättare", "Närståendevårdaren får vila",
        "Vårdare vid sidan av den minnessjuka", "Musik och hantverk varje vecka",
        "Tillgänglig bil med rullstolslyft", "Nattvård vid behov", "Motion på stol och i bassäng",
    ),
}  # fmt: skip
MANNERS = {
    "fi": (
        "kiireettömästi",
        "lähellä kotia",
        "omalla äidinkielellä",
        "joka päivä",
        "sinun ehdoillasi",
        "ilman jonoa",
    ),
    "sv": ("utan brådska", "nära hemmet", "på modersmålet", "varje dag", "på dina villkor", "utan kö"),
}


def documents(keys: KeyMaker, count: int, seed: int = 1) -> Iterator[Document]:
    """So many offers, each with its texts in both languages, its area, its facets and its prices."""
    chance = random.Random(seed)
    services, places = list(SERVICES), list(MUNICIPALITIES)[:PLACES]
    for number in range(1, count + 1):
        service = chance.choice(services)
        home = chance.randrange(PLACES)
        area = tuple({places[(home + step) % PLACES] for step in range(chance.randint(1, 8))})
        values = {
            "pilot": (f"pilot-{number % 5}",),
            "service": (service,),
            "municipality": area,
            "group": tuple(chance.sample(list(GROUPS), chance.randint(1, 3))),
            "language": ("fi", *chance.sample(list(LANGUAGES)[1:9], chance.randint(0, 2))),
            "feature": tuple(chance.sample(list(FEATURES), chance.randint(0, 4))),
            "available": ("1",) if chance.random() < 0.6 else (),
        }
        titles, passages = {}, []
        for language in ("fi", "sv"):
            name = SERVICES[service].name[language]
            titles[language] = (
                f"{name} {chance.choice(MANNERS[language])} {MUNICIPALITIES[area[0]].name[language]}"
            )
            passages.append(Passage(language, titles[language], 1.0, concepts=True))
            passages.append(Passage(language, name, 0.9))
            passages += [Passage(language, text, 0.3) for text in chance.sample(PHRASES[language], 6)]
        base = chance.randint(20, 60) * 100
        concepts = {
            FACETS[facet].concept(key): 0.5
            for facet in ("service", "municipality", "group")
            for key in values[facet]
        }
        yield Document(
            id=number,
            keys=keys.document_keys(passages, concepts),
            values=values,
            prices={band: base + step * 450 for step, band in enumerate(BANDS)} | {"": base},
            names=titles,
            words={"provider": (f"Esimerkki {number % (count // 20 + 1)} Oy",)},
            body=(f'{{"id": {number}, "title": "{titles["fi"]}", "text": "' + "x" * 1200 + '"}').encode(),
        )
