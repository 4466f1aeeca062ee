"""The SHACL shapes of Cebu and the code that runs them."""

from shapes.locate import Location, locate
from shapes.report import ValidationReport, ValidationResult
from shapes.validator import load_shapes, validate

__all__ = [
    "Location",
    "ValidationReport",
    "ValidationResult",
    "load_shapes",
    "locate",
    "validate",
]
