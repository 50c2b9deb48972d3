"""Sixty pictures of many formats, three of them broken: 57 results, three sentences, bounded memory."""

import os
import unittest

import cv2

from support import MEMORY_FACTOR, Folder, noise, photograph, png_header, tilecast, write_picture

# A 1 × 1 GIF.
GIF = bytes.fromhex("47494638396101000100800000ff000000000021f90401000000002c00000000010001000002024401003b")
PEAK_MB = 256  # a 12-megapixel picture is 36 MB; two threads have two at once, each with its result


def tga(picture):
    """Uncompressed true-colour TGA, top row first."""
    height, width = picture.shape[:2]
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"\0\0\2" + b"\0" * 9 + size + b"\x18\x20" + picture.tobytes()


class Batch(Folder):
    where = ("--threads", "2")
    peak_mb = PEAK_MB

    def make(self):
        """The sixty files; returns them and the three broken ones."""
        makers = [
            lambda i: ("jpg", cv2.imencode(".jpg", photograph(640, 480, 3, i))[1].tobytes()),
            lambda i: ("png", cv2.imencode(".png", photograph(333, 222, 3, i))[1].tobytes()),
            lambda i: ("png", cv2.imencode(".png", noise(100, 80, 4, i))[1].tobytes()),
            lambda i: ("png", cv2.imencode(".png", noise(101, 81, 1, i).astype("uint16") * 257)[1].tobytes()),
            lambda i: ("bmp", cv2.imencode(".bmp", photograph(300, 200, 3, i))[1].tobytes()),
            lambda i: ("ppm", cv2.imencode(".ppm", photograph(200, 100, 3, i))[1].tobytes()),
            lambda i: ("pgm", cv2.imencode(".pgm", photograph(200, 100, 1, i))[1].tobytes()),
            lambda i: ("tga", tga(photograph(120, 90, 3, i))),
            lambda i: ("gif", GIF),
        ]
        files = []
        for i in range(54):
            ending, data = makers[i % len(makers)](i)
            files.append(self.write(f"{i:02}.{ending}", data))
        large = cv2.imencode(".jpg", cv2.resize(photograph(1000, 750), (4000, 3000)))[1].tobytes()
        files += [self.write(f"large{i}.jpg", large) for i in range(3)]
        broken = [self.write("text.png", b"no picture " * 99), self.write("huge.png", png_header(60000, 60000)),
                  self.write("cut.png", cv2.imencode(".png", photograph(300, 300))[1].tobytes()[:20000])]
        for i, file in enumerate(broken):
            files.insert(10 + 20 * i, file)
        return files, broken

    def test_sixty(self):
        files, broken = self.make()
        self.assertEqual(len(files), 60)
        result = tilecast("run", *self.where, "--json", "-p", "gaussian_blur ksize=7 | equalize", "--format", "jpeg",
                          "--out-dir", self.path("out"), *files, measure=True)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(sorted(e["file"] for e in result.of("failed")), sorted(broken))
        self.assertEqual(sorted(e["file"] for e in result.of("done")), sorted(set(files) - set(broken)))
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 3, result)
        for file in broken:
            self.assertEqual(sum(line.startswith(f"tilecast: {file}: ") for line in lines), 1, result)
        outs = self.listing("out")
        self.assertEqual(len(outs), 57)
        self.assertEqual(sorted(outs), sorted(os.path.basename(e["out"]) for e in result.of("done")))
        print(f"peak memory of the command line: {result.peak_kb / 1024:.0f} MiB")
        self.assertLess(result.peak_kb / 1024, self.peak_mb * MEMORY_FACTOR)

    def test_codes_come_in_the_order_of_the_files(self):
        encoder = cv2.QRCodeEncoder_create()
        files, expected = [], []
        for i in range(12):
            code = cv2.resize(encoder.encode(f"text {i}"), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
            code = cv2.copyMakeBorder(code, 16, 16, 16, 16, cv2.BORDER_CONSTANT, value=255)
            if i % 3 == 0:  # some take much longer than others
                code = cv2.copyMakeBorder(code, 500, 500, 500, 500, cv2.BORDER_CONSTANT, value=255)
            files.append(write_picture(self.path(f"{i}.png"), code))
            expected.append(f"{files[-1]}\tQR-Code\ttext {i}")
        result = tilecast("codes", *self.where, *files)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.out.splitlines(), expected)


if __name__ == "__main__":
    unittest.main()
