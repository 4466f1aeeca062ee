"""A drawing of two sorts of things in layers, one sort in the middle, the other at its sides.

The order at the sides is that of the barycentres (Sugiyama, Tagawa and Toda 1981), which keeps
lines short and crossings few, and is the same each time.
"""

from collections.abc import Mapping, Sequence


def at_barycentres(
    middles: Mapping[str, Sequence[float]], gap: float, height: float
) -> dict[str, float]:
    """Return a place from 0 to about `height` for each name.

    Each is as near the mean of its `middles` as the others let it, at least `gap` from them. More
    names than have room go beyond `height`.
    """
    wanted = {name: sum(places) / len(places) for name, places in middles.items() if places}
    order = sorted(wanted, key=lambda name: (wanted[name], name))
    places: list[float] = []
    for name in order:
        places.append(max(wanted[name], places[-1] + gap if places else 0.0))
    # Who was pushed below the end pushes back.
    bottom = max(height, gap * (len(order) - 1))
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], bottom)
        bottom = places[number] - gap
    return {name: round(place, 1) for name, place in zip(order, places, strict=True)}
