"""Help, version, catalogue, and every kind of wrong usage: exit 2 and one sentence before any file is read."""

import json
import os
import unittest

from support import Folder, operations, tilecast


class Usage(Folder):
    def refused(self, *arguments, says=()):
        """The call is refused although its file does not exist: it has not been looked at."""
        result = tilecast(*arguments)
        self.assertEqual(result.code, 2, result)
        self.assertEqual(result.out, "", result)
        self.assert_one_sentence(result, *says)
        return result

    def test_help(self):
        for arguments in (["--help"], ["-h"], ["run", "--help"], ["codes", "--help"], ["ops", "--help"],
                          ["bench", "--help"]):
            result = tilecast(*arguments)
            self.assertEqual((result.code, result.err), (0, ""), result)
            self.assertTrue(result.out.startswith("Usage: tilecast "), result)
            for line in result.out.splitlines():
                self.assertEqual(line, line.rstrip())

    def test_help_of_run_lists_operations(self):
        text = tilecast("run", "--help").out
        for operation in operations():
            self.assertIn(f"\n  {operation['name']} ", text)
            for parameter in operation["params"]:
                self.assertIn(f"\n    {parameter['name']}=", text)

    def test_version(self):
        self.assertRegex(tilecast("--version").out, r"^tilecast \d+\.\d+\.\d+\n$")

    def test_catalogue(self):
        names = [o["name"] for o in json.loads(tilecast("ops", "--json").out)["operations"]]
        self.assertEqual(names, sorted(names))
        text = tilecast("ops").out
        for name in names:
            self.assertIn(f"\n  {name} ", text)

    def test_commands_and_options(self):
        self.refused(says=["run, codes, ops and bench"])
        self.refused("frobnicate", says=["'frobnicate'", "run, codes, ops and bench"])
        self.refused("run", says=["FILE"])
        self.refused("codes", says=["FILE"])
        self.refused("ops", "x", says=["'x'"])
        self.refused("run", "--frob", "x", says=["--frob", "--pipeline", "--out-dir"])
        self.refused("run", "-z", "x", says=["-z"])
        self.refused("codes", "--pipeline", "invert", "x", says=["--pipeline"])
        self.refused("run", "--type", "qr", "x", says=["--type"])
        for types in ("", "qr,", "qr,aztec", "QR", "qr ean13"):
            self.refused("codes", "--type", types, "x", says=[f"--type {types}: ", "qr, sqcode, ", ", code128"])
        self.refused("ops", "--server=ws://h", says=["--server"])
        self.refused("run", "x", "--pipeline", says=["--pipeline", "value"])
        self.refused("run", "--json=yes", "x", says=["--json"])

    def test_numbers(self):
        for value in ("0", "-1", "257", "x", "", "2x", "1.5", "99999999999"):
            self.refused("run", "--threads", value, "x", says=["--threads", "1 to 256"])
        for value in ("1", "15", "4097", "-16", "x"):
            self.refused("run", "--tile", value, "x", says=["--tile", "16 to 4096"])
        for value in ("0", "101", "high"):
            self.refused("run", "--quality", value, "x", says=["--quality", "1 to 100"])

    def test_outputs(self):
        self.refused("run", "--format", "webp", "x", says=["webp", "png and jpeg"])
        self.refused("run", "-o", "x.webp", "x", says=["x.webp", ".png"])
        self.refused("run", "-o", "y.png", "x", "z", says=["--out-dir"])
        self.refused("run", "-o", "y.png", "--out-dir", "d", "x", says=["--out-dir"])
        self.refused("run", "-o", self.folder, "x", says=["folder"])
        self.refused("run", "-o", "-", "--json", "x", says=["--json"])
        self.refused("run", "-", "-", "--out-dir", self.path("new"), says=["once"])
        self.assertFalse(os.path.exists(self.path("new")))

    def test_servers(self):
        for url in ("localhost", "http://localhost:1", "ws://", "ws://:80", "ws://h:0", "ws://h:65536", "ws://h:x",
                    "ws://h:", "ws://[::1", "ws://[::1]9", "ws://a b", "ws://user@h"):
            self.refused("run", "--server", url, "x", says=["ws://HOST:PORT"])
        self.refused("codes", "--server", "ftp://h", "x", says=["ws://HOST:PORT"])

    def test_pipelines(self):
        self.refused("run", "--pipeline", "sharpenn", "x", says=["sharpenn"])
        self.refused("run", "--pipeline", "invert | nothing", "x", says=["nothing"])
        self.refused("run", "--pipeline", "gaussian_blur ksize=4", "x", says=["gaussian_blur", "ksize", "4", "odd"])
        self.refused("run", "--pipeline", "gaussian_blur ksize=101", "x", says=["ksize", "101", "99"])
        self.refused("run", "--pipeline", "gaussian_blur ksize=big", "x", says=["ksize", "big"])
        self.refused("run", "--pipeline", "gaussian_blur size=5", "x", says=["gaussian_blur", "size", "ksize"])
        self.refused("run", "--pipeline", "threshold method=magic", "x", says=["magic", "otsu"])
        self.refused("run", "--pipeline", "invert |", "x")
        self.refused("run", "--pipeline", "invert x", "x")
        self.refused("run", "--pipeline", "invert | " * 40 + "invert", "x")
        self.refused("run", "--server", "ws://127.0.0.1:1", "--pipeline", "sharpenn", "x", says=["sharpenn"])

    def test_every_parameter_is_checked(self):
        for operation in operations():
            for parameter in operation["params"]:
                name, kind = parameter["name"], parameter["kind"]
                wrong = ["", "x", "nan"]
                if kind == "list":
                    wrong += ["1,2", ",".join(["1"] * 8 + ["1e999"]), ",".join(["1"] * 10), "1," * 9]
                elif kind not in ("choice", "set"):
                    wrong += [f"{parameter['min'] - 1:g}", f"{parameter['max'] + 1:g}", "1e999", "5,5"]
                if kind == "odd":
                    wrong.append("4")
                for value in wrong:
                    self.refused("run", "--pipeline", f"{operation['name']} {name}={value}", "x",
                                 says=[operation["name"], name])


if __name__ == "__main__":
    unittest.main()
