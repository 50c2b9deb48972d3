"""Codes made by qrencode and zint: of every version, level, mode and mask none is missed, bar codes are read, slanted
ones too, corners are where they were drawn, and textures that look like codes give none, nor do codes that are cut
off."""

import argparse
import os
import pathlib
import random
import sys
import unittest

import numpy as np

from support import DATA, Folder, seed, tilecast, write_picture

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
SAMPLES = pathlib.Path(BENCH).parent / "static" / "samples"
sys.path.insert(0, BENCH)
import codes_paint
import codes_sets
import codes_symbols
import codes_textures

LINEAR_COUNT = 10
TEXTURE_COUNT = 22  # two of each kind
CUT_COUNT = 20  # of each kind
CORNER_LIMIT = 3  # pixels
SLANTS = (20, 45, 250, 315)


def qr_wishes(rng):
    """One of each version; all levels, modes and masks are among them."""
    every = list(codes_symbols.qr_plan(320))
    shift = rng.randrange(codes_symbols.MASKS)
    for version in range(1, codes_symbols.VERSIONS + 1):
        mask = (version // 2 + version // 16 + shift) % codes_symbols.MASKS
        yield next(wish for wish in every if wish[0] == version and wish[3] == mask)


class Generated(Folder):
    def read(self, symbols, draw):
        """Draws each symbol into a file and reads them all: triples of the symbol, its corners, and its code events.
        `draw` gives picture and corners of a symbol."""
        drawn = {}
        for index, symbol in enumerate(symbols):
            picture, corners = draw(symbol)
            drawn[write_picture(self.path(f"{index:03}.png"), picture)] = symbol, corners
        result = tilecast("codes", "--json", *drawn)
        self.assertEqual((result.code, result.err), (0, ""), result)
        return [(symbol, corners, result.of("code", file)) for file, (symbol, corners) in drawn.items()]

    def clean(self, rng):
        return lambda symbol: codes_paint.clean_picture(symbol, rng.choice((2, 3, 4)))

    def printed(self, rng):
        """At a slant, with 4 pixels to a module, into a photograph."""
        photographs = codes_paint.load_photographs([os.path.join(DATA, "coffee_600x400.jpg")])

        def draw(symbol):
            quad = codes_paint.turned_quad(codes_paint.label_size(symbol, 4), rng.choice(SLANTS))
            low, size = codes_paint.bounds(quad)
            width, height = (int(side) + 40 for side in size)
            picture = codes_paint.cut_photograph(rng, photographs, width, height)
            return picture, codes_paint.print_symbol(rng, picture, symbol, quad - low + 20, 40, 220)

        return draw

    def check_texts(self, symbol, codes):
        self.assertEqual([(code["type"], code["text"]) for code in codes], [(symbol.kind, symbol.text)], symbol.facts)

    def test_qr(self):
        rng = random.Random(seed())
        symbols = [codes_symbols.make_qr(rng, *wish) for wish in qr_wishes(rng)]
        for fact, values in ("version", 40), ("level", 4), ("mode", 4), ("mask", 8):
            self.assertEqual(len({symbol.facts[fact] for symbol in symbols}), values, fact)
        for symbol, corners, codes in self.read(symbols, self.clean(rng)):
            self.check_texts(symbol, codes)
            distances = np.hypot(*(np.array(codes[0]["points"], float) - corners).T)
            self.assertLessEqual(distances.max(), CORNER_LIMIT, (symbol.facts, codes[0], corners))

    def test_own_masks(self):
        """qrencode's own, with the mask that it chooses."""
        rng = random.Random(seed())
        wishes = rng.sample([wish for wish in codes_symbols.qr_plan(500) if wish[3] is None], 10)
        for symbol, _, codes in self.read([codes_symbols.make_qr(rng, *wish) for wish in wishes], self.clean(rng)):
            self.check_texts(symbol, codes)

    def test_linear(self):
        rng = random.Random(seed())
        symbols = [codes_symbols.make_linear(rng, kind, index)
                   for kind in codes_symbols.LINEAR for index in range(LINEAR_COUNT)]
        for symbol, _, codes in self.read(symbols, self.clean(rng)):
            self.check_texts(symbol, codes)

    def test_slanted(self):
        rng = random.Random(seed())
        symbols = [codes_symbols.make_linear(rng, kind, index) for kind in codes_symbols.LINEAR for index in range(3)]
        symbols += [codes_symbols.make_qr(rng, version, "M", "byte", version) for version in range(1, 8)]
        for symbol, _, codes in self.read(symbols, self.printed(rng)):
            self.check_texts(symbol, codes)

    def test_textures(self):
        """Always the same: random stripes may be a code by chance, and then it is right to read it."""
        files = []
        for index in range(TEXTURE_COUNT):
            name, picture = codes_textures.make(index, 1)
            files.append(write_picture(self.path(name), picture))
        result = tilecast("codes", *files)
        self.assertEqual((result.code, result.out, result.err), (0, "", ""), result)

    def test_cut(self):
        """Always the same: half bar codes at the edge of a photograph say nothing, however much looks like a code."""
        args = argparse.Namespace(seed=1, count=CUT_COUNT)
        photographs = codes_paint.load_photographs(sorted(SAMPLES.glob("*.jpg")))
        codes_sets.make_cut(args, pathlib.Path(self.path("cut")), photographs)
        files = [self.path("cut", name) for name in self.listing("cut") if name.endswith(".jpg")]
        self.assertEqual(len(files), CUT_COUNT * len(codes_symbols.LINEAR))
        result = tilecast("codes", *files)
        self.assertEqual((result.code, result.out, result.err), (0, "", ""), result)


if __name__ == "__main__":
    unittest.main()
