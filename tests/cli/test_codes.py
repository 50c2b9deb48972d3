"""Codes: right texts, types and corners, as lines and as events; in this process and on a server."""

import base64
import os
import shutil
import unittest

import cv2
import numpy as np

from support import DATA, MEMORY_FACTOR, Folder, tilecast, write_picture

HELLO, GERMAN, JAPANESE = "Hello, Tilecast", "Grüße aus Zürich – 日本語 ✓", "日本語のテスト"
BINARY = bytes(range(0, 256, 5)) + b"PK\x03\x04"
SERIES = "Structured append joins several codes. " * 5 + "Grüße, 日本語 – Ende."
EXPECTED = {
    "none.png": [],
    "one.png": [("QR-Code", HELLO)],
    "three.png": [("QR-Code", JAPANESE), ("EAN-13", "5901234123457"), ("QR-Code", GERMAN)],
    "utf8.png": [("QR-Code", GERMAN)],
    "kanji.png": [("QR-Code", JAPANESE)],
    "shift_jis.png": [("QR-Code", JAPANESE)],
    "latin1.png": [("QR-Code", "café naïve Straße")],
    "inverted.png": [("QR-Code", GERMAN)],
    "turned.png": [("QR-Code", GERMAN)],
    "code128.png": [("CODE-128", "TILECAST-128")],
    "controls.png": [("QR-Code", "line one\r\nline two\ttab\\")],
    "iso15434.png": [("QR-Code", "[)>\x1e06\x1d17V12345\x1d1PABC-9\x1dS0042\x1e\x04")],
    "binary.png": [("QR-Code", BINARY.hex(" "))],
    "eci_several.png": [("QR-Code", "Привет Ελλην")],
    "eci_backslash.png": [("QR-Code", "A\\000026 Привет")],
    "eci_gb.png": [("QR-Code", "中文")],
    "eci_binary.png": [("QR-Code", b"plain?".hex(" "))],
    "series.png": [("QR-Code", SERIES)],
    "series_part.png": [("QR-Code", SERIES[120:180]), ("QR-Code", HELLO), ("QR-Code", SERIES[:60]),
                        ("QR-Code", SERIES[:60])],
}


def spelled(text):
    """As it stands in a line."""
    named = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\"}
    return "".join(named.get(c, c if c >= " " else f"\\x{ord(c):02x}") for c in text)


class Codes(Folder):
    where = ()

    def setUp(self):
        super().setUp()
        self.files = [os.path.join(DATA, "codes", name) for name in EXPECTED]

    def test_lines(self):
        result = tilecast("codes", *self.where, *self.files)
        self.assertEqual((result.code, result.err), (0, ""), result)
        lines = [f"{file}\t{kind}\t{spelled(text)}"
                 for file, codes in zip(self.files, EXPECTED.values()) for kind, text in codes]
        self.assertEqual(result.out.splitlines(), lines)

    def test_events(self):
        result = tilecast("codes", *self.where, "--json", *self.files)
        self.assertEqual((result.code, result.err), (0, ""), result)
        for file, codes in zip(self.files, EXPECTED.values()):
            self.assertCountEqual([(e["type"], e["text"]) for e in result.of("code", file)], codes)  # as they come
            done, = result.of("done", file)
            picture = cv2.imread(file)
            self.assertEqual((done["height"], done["width"]), picture.shape[:2])
            self.assertNotIn("out", done)
        self.assertEqual(result.of("tile"), [])

    def test_bytes(self):
        for name in ("binary.png", "one.png"):
            code, = tilecast("codes", *self.where, "--json", os.path.join(DATA, "codes", name)).of("code")
            self.assertEqual(base64.b64decode(code["bytes"]) if "bytes" in code else None,
                             BINARY if name == "binary.png" else None)
            self.assertTrue(code["how"], code)

    def test_corners_of_a_series(self):
        code, = tilecast("codes", *self.where, "--json", os.path.join(DATA, "codes", "series.png")).of("code")
        self.assertEqual(code["points"], [[16, 16], [172, 16], [172, 172], [16, 172]])

    def test_types(self):
        three = os.path.join(DATA, "codes", "three.png")
        result = tilecast("codes", *self.where, "--type", "ean13,code128", three)
        self.assertEqual(result.out, f"{three}\tEAN-13\t5901234123457\n", result)

    def test_corners(self):
        for name in ("one.png", "inverted.png"):
            file = os.path.join(DATA, "codes", name)
            code, = tilecast("codes", *self.where, "--json", file).of("code")
            picture = cv2.imread(file, cv2.IMREAD_GRAYSCALE).astype(int)
            rows, columns = np.nonzero(abs(picture - picture[0, 0]) > 128)  # all that is not background
            points = np.array(code["points"])
            box = [points[:, 0].min(), points[:, 1].min(), points[:, 0].max(), points[:, 1].max()]
            for found, drawn in zip(box, (columns.min(), rows.min(), columns.max(), rows.max())):
                self.assertLess(abs(found - drawn), 6, (name, code))

    def test_run_prints_them_too(self):
        file = os.path.join(DATA, "codes", "one.png")
        result = tilecast("run", *self.where, "-p", "read_codes draw=no | invert", "--out-dir", self.folder, file)
        self.assertEqual(result.out, f"{file}\tQR-Code\t{HELLO}\n")
        result = tilecast("run", *self.where, "-p", "read_codes symbologies=ean13", "-o", "-", file)
        self.assertEqual(result.raw[:4], b"\x89PNG")


class Folders(Folder):
    where = ()

    def codes(self, *arguments, **more):
        result = tilecast("codes", *self.where, *arguments, cwd=self.folder, **more)
        return result, [line.split("\t")[0] for line in result.out.splitlines()]

    def place(self, *names):
        """Puts a picture with one code at each name."""
        for name in names:
            os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
            shutil.copy(os.path.join(DATA, "codes", "one.png"), self.path(name))

    def test_order(self):
        self.place("in/b.png", "in/a/z.png", "in/a/10.png", "in/a/9.png", "in/B.png", "in/c", "other.png")
        expected = ["in/B.png", "in/a/10.png", "in/a/9.png", "in/a/z.png", "in/b.png", "in/c"]
        for folder in ("in", "in/"):
            result, files = self.codes(folder)
            self.assertEqual((result.code, result.err, files), (0, "", expected), result)
        with open(self.path("other.png"), "rb") as file:
            result, files = self.codes("other.png", "in/a", "-", stdin=file.read())
        self.assertEqual(files, ["other.png", "in/a/10.png", "in/a/9.png", "in/a/z.png", "-"], result)
        result, _ = self.codes("--json", "in")
        self.assertEqual(sorted(e["file"] for e in result.of("done")), sorted(expected), result)

    def test_what_is_no_picture(self):
        self.place("in/one.png", "in/.hidden.png", "in/.hidden/one.png", "outside/one.png", "in/sub/two.png")
        for name in ("text.png", "notes.txt", "empty.jpg", "binary"):
            self.write(f"in/{name}", {"empty.jpg": b"", "binary": bytes(range(256))}.get(name, b"This is a text.\n"))
        # TGA has no mark at its beginning: only a name tells it from bytes that happen to look so.
        picture = bytes([0, 0, 3] + 9 * [0] + [4, 0, 4, 0, 8, 32]) + bytes(16)
        self.write("in/bytes", picture)
        self.write("in/grey.TGA", picture)
        os.mkfifo(self.path("in/pipe.png"))
        os.symlink("missing", self.path("in/broken.png"))
        os.symlink("../outside/one.png", self.path("in/link.png"))
        os.symlink("../outside", self.path("in/folder"))
        os.symlink("..", self.path("in/sub/loop"))
        os.symlink("self", self.path("in/self"))
        result, files = self.codes("--json", "in")
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual(sorted(e["file"] for e in result.of("done")),
                         ["in/grey.TGA", "in/link.png", "in/one.png", "in/sub/two.png"])
        os.symlink("in", self.path("named"))
        self.assertEqual(self.codes("named")[1], ["named/link.png", "named/one.png", "named/sub/two.png"])

    def test_without_pictures(self):
        os.makedirs(self.path("empty/.hidden"))
        self.place("one.png", "empty/.hidden/one.png")
        result, files = self.codes("empty", "one.png")
        self.assertEqual((result.code, files), (1, ["one.png"]), result)
        self.assert_one_sentence(result, "empty: ", "folder without pictures")
        result, _ = self.codes("--json", "one.png", "empty")
        failed, = result.of("failed")
        self.assertEqual((result.code, failed["file"], len(result.of("done"))), (1, "empty", 1), result)
        self.assertIn("folder without pictures", failed["error"])

    def test_strange_names(self):
        self.place("in/tab\there.png", "in/-.png", "in/--json")
        self.assertEqual(self.codes("in")[0].out.splitlines(),
                         [f"in/{name}\tQR-Code\t{HELLO}" for name in ("--json", "-.png", "tab\\there.png")])

    def test_damaged_pictures_are_told(self):
        self.place("in/one.png")
        with open(self.path("in/one.png"), "rb") as file:
            self.write("in/cut.png", file.read()[:60])
        result, files = self.codes("in")
        self.assertEqual((result.code, files), (1, ["in/one.png"]), result)
        self.assert_one_sentence(result, "in/cut.png: ")

    def test_memory(self):
        """Of many pictures only the names are in memory."""
        write_picture(self.path("tiny.png"), np.zeros((2, 2), np.uint8))
        os.makedirs(self.path("in"))
        os.makedirs(self.path("one"))
        for i in range(3000):
            os.link(self.path("tiny.png"), self.path("in", f"{i:0100d}.png"))
        os.link(self.path("tiny.png"), self.path("one", "tiny.png"))
        many, one = self.codes("in", measure=True)[0], self.codes("one", measure=True)[0]
        self.assertEqual((many.code, one.code, many.out, many.err), (0, 0, "", ""))
        self.assertLess(many.peak_kb - one.peak_kb, 4000 * MEMORY_FACTOR)


if __name__ == "__main__":
    unittest.main()
