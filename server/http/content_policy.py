"""The content security policy (CSP Level 3): pages take nothing from elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_DIRECTIVES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
)


def policy(more: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the policy of all answers; `more` adds sources to directives, for one page alone."""
    return "; ".join(
        " ".join(filter(None, (name, sources, more.get(name))))
        for name, sources in _DIRECTIVES.items()
    )
