"""The columns of one immutable index segment as NumPy arrays: filter values as bit rows, prices, names and ids.

They are made once from the segment's stored rows, kept beside it as `.npy` files and mapped into memory, so that
all processes share one copy. Bits run over the segment's documents in 64-bit words, lowest bit first.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from marketplace.i18n import LANGUAGES
from marketplace.search.facets import FILTERS
from marketplace.sorting import primary_key

Bits = npt.NDArray[np.uint64]

NO_PRICE: Final = np.int32(2**31 - 1)
NAME_BYTES: Final = 32
LOWEST: Final = ""
"""The band name under which the lowest price of an offer is kept."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`bits[filter]` has a row for each value of `values[filter]`; `prices[band]` is in cents or NO_PRICE."""

    ids: npt.NDArray[np.int64]
    values: Mapping[str, Mapping[str, int]]
    bits: Mapping[str, Bits]
    prices: Mapping[str, npt.NDArray[np.int32]]
    names: Mapping[str, npt.NDArray[np.bytes_]]
    completions: Mapping[str, Mapping[str, int]]

    @property
    def size(self) -> int:
        """Documents of the segment, deleted ones included."""
        return len(self.ids)


def pack(flags: npt.NDArray[np.bool_]) -> Bits:
    """A row of flags as bits in 64-bit words, padded with zeros; works on the last axis."""
    packed = np.packbits(flags, axis=-1, bitorder="little")
    missing = -packed.shape[-1] % 8
    if missing:
        packed = np.pad(packed, [(0, 0)] * (packed.ndim - 1) + [(0, missing)])
    return packed.view(np.uint64)


def unpack(bits: Bits, size: int) -> npt.NDArray[np.bool_]:
    """The flags behind a row of bits, `size` of them."""
    return np.unpackbits(bits.view(np.uint8), count=size, bitorder="little").view(np.bool_)


def name_key(name: str) -> bytes:
    """A name as bytes that sort in Finnish and Swedish order: å, ä and ö come last."""
    return primary_key(name).encode("latin-1", "replace")[:NAME_BYTES]


def build(rows: Iterable[bytes]) -> Columns:
    """Columns from the stored rows of a segment in document order (see `row`)."""
    ids: list[int] = []
    found: dict[str, dict[str, list[int]]] = {name: {} for name in FILTERS}
    prices: dict[str, list[tuple[int, int]]] = {LOWEST: []}
    names: dict[str, list[bytes]] = {language: [] for language in LANGUAGES}
    completions: dict[str, dict[str, int]] = {}
    for number, text in enumerate(rows):
        row: dict[str, Any] = json.loads(text)
        ids.append(row["id"])
        for name, keys in row["values"].items():
            for key in keys:
                found[name].setdefault(key, []).append(number)
        for band, cents in row["prices"].items():
            prices.setdefault(band, []).append((number, cents))
        for language in LANGUAGES:
            names[language].append(name_key(row["names"][language]))
        for kind, words in row["words"].items():
            counted = completions.setdefault(kind, {})
            for word in words:
                counted[word] = counted.get(word, 0) + 1
    size = len(ids)
    return Columns(
        ids=np.array(ids, dtype=np.int64),
        values={name: {key: at for at, key in enumerate(keys)} for name, keys in found.items()},
        bits={name: _bit_rows(list(keys.values()), size) for name, keys in found.items()},
        prices={band: _price_column(pairs, size) for band, pairs in prices.items()},
        names={language: np.array(keys, dtype=f"S{NAME_BYTES}") for language, keys in names.items()},
        completions=completions,
    )


def row(
    identity: int,
    values: Mapping[str, tuple[str, ...]],
    prices: Mapping[str, int],
    names: Mapping[str, str],
    words: Mapping[str, tuple[str, ...]],
) -> bytes:
    """The stored row of one document, from which `build` makes its columns again at any time."""
    return json.dumps(
        {
            "id": identity,
            "values": dict(values),
            "prices": dict(prices),
            "names": dict(names),
            "words": dict(words),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def unrow(text: bytes) -> dict[str, Any]:
    """What `row` wrote, as the arguments of a Document."""
    data: dict[str, Any] = json.loads(text)
    for name in ("values", "words"):
        data[name] = {key: tuple(found) for key, found in data[name].items()}
    return data


def save(columns: Columns, folder: Path) -> None:
    """Write the columns to `folder` in one step; another process that does the same at the same time does no harm."""
    making = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    arrays: dict[str, npt.NDArray[Any]] = {"ids": columns.ids}
    arrays |= {f"bits-{name}": bits for name, bits in columns.bits.items()}
    arrays |= {f"price-{band}": cents for band, cents in columns.prices.items()}
    arrays |= {f"name-{language}": keys for language, keys in columns.names.items()}
    for name, array in arrays.items():
        np.save(making / f"{name}.npy", array, allow_pickle=False)
    contents = {"values": columns.values, "bands": list(columns.prices), "completions": columns.completions}
    (making / "contents.json").write_text(json.dumps(contents, ensure_ascii=False), encoding="utf-8")
    try:
        making.rename(folder)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        if not folder.exists():
            raise


def load(folder: Path) -> Columns:
    """The columns that `save` wrote, mapped from disk. OSError or ValueError when they are missing or damaged."""
    contents = json.loads((folder / "contents.json").read_text(encoding="utf-8"))
    return Columns(
        ids=_mapped(folder, "ids"),
        values=contents["values"],
        bits={name: _mapped(folder, f"bits-{name}") for name in FILTERS},
        prices={band: _mapped(folder, f"price-{band}") for band in contents["bands"]},
        names={language: _mapped(folder, f"name-{language}") for language in LANGUAGES},
        completions=contents["completions"],
    )


def _mapped(folder: Path, name: str) -> npt.NDArray[Any]:
    file = folder / f"{name}.npy"
    array: npt.NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    return array.view(np.ndarray)


def _bit_rows(members: list[list[int]], size: int) -> Bits:
    words = -(-size // 64)
    bits = np.zeros((len(members), words), dtype=np.uint64)
    for at, numbers in enumerate(members):
        flags = np.zeros(size, dtype=np.bool_)
        flags[numbers] = True
        bits[at] = pack(flags)
    return bits


def _price_column(pairs: list[tuple[int, int]], size: int) -> npt.NDArray[np.int32]:
    cents = np.full(size, NO_PRICE, dtype=np.int32)
    for number, amount in pairs:
        cents[number] = amount
    return cents
