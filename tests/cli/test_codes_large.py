"""A large picture, in which codes are looked for in regions, in this process."""

import os
import unittest

import cv2
import numpy as np

from support import Folder, tilecast


class Large(Folder):
    def test_large_picture(self):
        """Each code once and in its place; the large one of a JPEG before anything else."""
        picture = np.full((2500, 3300, 3), 200, np.uint8)
        expected = {}
        for text, module, x, y in (("large", 40, 300, 900), ("small", 4, 1640, 1250), ("fine", 3, 3100, 100)):
            code = cv2.QRCodeEncoder_create().encode(text)[2:-2, 2:-2]
            code = cv2.resize(code, None, fx=module, fy=module, interpolation=cv2.INTER_NEAREST)
            side = code.shape[0]
            picture[y:y + side, x:x + side] = code[:, :, None]
            expected[text] = [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
        for name in ("large.jpg", "large.png"):
            file = os.path.join(self.folder, name)
            cv2.imwrite(file, picture)
            result = tilecast("codes", "--json", file)
            codes = result.of("code")
            self.assertEqual(sorted(code["text"] for code in codes), sorted(expected))
            for code in codes:
                self.assertLessEqual(np.abs(np.array(code["points"]) - expected[code["text"]]).max(), 2, code)
            kinds = [event["event"] for event in result.events if event["event"] in ("code", "progress")]
            self.assertIn("progress", kinds)
            if name == "large.jpg":
                self.assertEqual((kinds[0], codes[0]["text"]), ("code", "large"))
            lines = tilecast("codes", file).out.splitlines()
            self.assertEqual([line.split("\t")[2] for line in lines], ["fine", "large", "small"])


if __name__ == "__main__":
    unittest.main()
