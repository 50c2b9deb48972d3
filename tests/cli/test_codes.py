"""Codes: right texts, types and corners, as lines and as events; in this process and on a server."""

import os
import unittest

import cv2
import numpy as np

from support import DATA, Folder, tilecast

HELLO, GERMAN, JAPANESE = "Hello, Tilecast", "Grüße aus Zürich – 日本語 ✓", "日本語のテスト"
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
}


class Codes(Folder):
    where = ()

    def setUp(self):
        super().setUp()
        self.files = [os.path.join(DATA, "codes", name) for name in EXPECTED]

    def test_lines(self):
        result = tilecast("codes", *self.where, *self.files)
        self.assertEqual((result.code, result.err), (0, ""), result)
        spelled = str.maketrans({"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\"})
        lines = [f"{file}\t{kind}\t{text.translate(spelled)}"
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


if __name__ == "__main__":
    unittest.main()
