"""Codes made by qrencode and zint: of every version, level, mode and mask none is missed, bar codes are read, corners
are where they were drawn, and textures that look like codes give none."""

import os
import random
import sys
import unittest

import numpy as np

from support import Folder, seed, tilecast, write_picture

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
sys.path.insert(0, BENCH)
import codes_paint
import codes_symbols
import codes_textures

LINEAR_COUNT = 10
TEXTURE_COUNT = 22  # two of each kind
CORNER_LIMIT = 3  # pixels


def qr_wishes(rng):
    """One of each version; all levels, modes and masks are among them."""
    every = list(codes_symbols.qr_plan(320))
    shift = rng.randrange(codes_symbols.MASKS)
    for version in range(1, codes_symbols.VERSIONS + 1):
        mask = (version // 2 + version // 16 + shift) % codes_symbols.MASKS
        yield next(wish for wish in every if wish[0] == version and wish[3] == mask)


class Generated(Folder):
    def read(self, symbols, rng):
        """Draws each symbol into a file and reads them all: pairs of the symbol and its corners, with its code events."""
        drawn = {}
        for index, symbol in enumerate(symbols):
            picture, corners = codes_paint.clean_picture(symbol, rng.choice((2, 3, 4)))
            drawn[write_picture(self.path(f"{index:03}.png"), picture)] = symbol, corners
        result = tilecast("codes", "--json", *drawn)
        self.assertEqual(result.code, 0, result)
        return [(symbol, corners, result.of("code", file)) for file, (symbol, corners) in drawn.items()]

    def check_texts(self, symbol, codes):
        self.assertEqual([(code["type"], code["text"]) for code in codes], [(symbol.kind, symbol.text)], symbol.facts)

    def test_qr(self):
        rng = random.Random(seed())
        symbols = [codes_symbols.make_qr(rng, *wish) for wish in qr_wishes(rng)]
        for fact, values in ("version", 40), ("level", 4), ("mode", 4), ("mask", 8):
            self.assertEqual(len({symbol.facts[fact] for symbol in symbols}), values, fact)
        for symbol, corners, codes in self.read(symbols, rng):
            self.check_texts(symbol, codes)
            distances = np.hypot(*(np.array(codes[0]["points"], float) - corners).T)
            self.assertLessEqual(distances.max(), CORNER_LIMIT, (symbol.facts, codes[0], corners))

    def test_own_masks(self):
        """qrencode's own, with the mask that it chooses."""
        rng = random.Random(seed())
        wishes = rng.sample([wish for wish in codes_symbols.qr_plan(500) if wish[3] is None], 10)
        for symbol, _, codes in self.read([codes_symbols.make_qr(rng, *wish) for wish in wishes], rng):
            self.check_texts(symbol, codes)

    def test_linear(self):
        rng = random.Random(seed())
        symbols = [codes_symbols.make_linear(rng, kind, index)
                   for kind in codes_symbols.LINEAR for index in range(LINEAR_COUNT)]
        for symbol, _, codes in self.read(symbols, rng):
            self.check_texts(symbol, codes)

    def test_textures(self):
        """Always the same: random stripes may be a code by chance, and then it is right to read it."""
        files = []
        for index in range(TEXTURE_COUNT):
            name, picture = codes_textures.make(index, 1)
            files.append(write_picture(self.path(name), picture))
        result = tilecast("codes", *files)
        self.assertEqual((result.code, result.out), (0, ""), result)


if __name__ == "__main__":
    unittest.main()
