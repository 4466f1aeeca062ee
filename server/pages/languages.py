"""The languages that the pages can be in: English, and those that have a compiled catalogue."""

from pathlib import Path
from typing import Final

DOMAIN: Final = "cebu"
FOLDER: Final = Path(__file__).resolve().parents[1] / "translations"
ENGLISH: Final = "en"


def languages(folder: Path = FOLDER) -> list[str]:
    """Return their tags (BCP 47), English first."""
    compiled = folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return [ENGLISH, *sorted(path.parts[-3].replace("_", "-") for path in compiled)]
