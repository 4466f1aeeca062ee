"""Words for a generated graph: titles and sentences that read like the documents'."""

from random import Random
from typing import Final

STATES: Final = {
    "brunei-darussalam": ("Brunei Darussalam", "BN"),
    "cambodia": ("Cambodia", "KH"),
    "indonesia": ("Indonesia", "ID"),
    "lao-pdr": ("Lao PDR", "LA"),
    "malaysia": ("Malaysia", "MY"),
    "myanmar": ("Myanmar", "MM"),
    "philippines": ("Philippines", "PH"),
    "singapore": ("Singapore", "SG"),
    "thailand": ("Thailand", "TH"),
    "viet-nam": ("Viet Nam", "VN"),
}
CITIES: Final = (
    "Bangkok",
    "Cebu",
    "Hanoi",
    "Jakarta",
    "Manila",
    "Siem Reap",
    "Vientiane",
    "Yangon",
)
_MEASURES: Final = (
    "Campaign on",
    "Comparative study of",
    "Forum on",
    "Guidelines for",
    "Regional workshop on",
    "Repository of",
    "Training for",
)
_MATTERS: Final = (
    "complaint mechanisms",
    "ethical recruitment",
    "labour inspection",
    "occupational safety",
    "portability of social security",
    "pre-departure orientation",
    "recognition of skills",
    "return and reintegration",
    "safe migration",
    "wages and contracts",
)
_SENTENCE: Final = (
    "access",
    "administration",
    "agencies",
    "and",
    "are",
    "bilateral",
    "between",
    "collected",
    "consular",
    "contracts",
    "countries",
    "data",
    "domestic",
    "employers",
    "employment",
    "families",
    "for",
    "has",
    "information",
    "in",
    "is",
    "justice",
    "labour",
    "laws",
    "migrant",
    "ministries",
    "national",
    "of",
    "on",
    "protection",
    "published",
    "recruitment",
    "regional",
    "rights",
    "services",
    "should",
    "social",
    "states",
    "strengthened",
    "support",
    "the",
    "to",
    "trade",
    "training",
    "unions",
    "wages",
    "women",
    "workers",
)


def title(random: Random) -> str:
    """Return the title of a measure."""
    return f"{random.choice(_MEASURES)} {random.choice(_MATTERS)} and {random.choice(_MATTERS)}"


def sentence(random: Random) -> str:
    """Return a sentence of 8 to 40 words."""
    return " ".join(random.choices(_SENTENCE, k=random.randint(8, 40))).capitalize() + "."
