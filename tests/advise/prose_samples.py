"""Prose with two names in each sentence."""

from __future__ import annotations

import json

PEOPLE = ("Ada", "Boris", "Chloe", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jamal", "Kiran", "Lena")
TOWNS = ("Accra", "Basel", "Cusco", "Delft", "Espoo", "Fargo", "Ghent", "Hanoi", "Izmir", "Jaffa", "Kyoto", "Leeds")
LIVES = [f"{person} lives in {town}." for person, town in zip(PEOPLE, TOWNS, strict=True)]


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
