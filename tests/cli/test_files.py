"""Where results go, what is printed, and what is left behind."""

import os
import pty
import random
import shutil
import signal
import stat
import subprocess
import time
import unittest

import cv2
import numpy as np

from support import TILECAST, Folder, photograph, read_picture, seed, tilecast, write_picture


class Files(Folder):
    def run_ok(self, *arguments, **options):
        result = tilecast("run", *arguments, **options)
        self.assertEqual(result.code, 0, result)
        return result

    def test_beside_the_picture(self):
        self.picture("a.b.jpg")
        self.assertEqual(self.run_ok(self.path("a.b.jpg")).out, "")
        self.assertEqual(self.listing(), ["a.b.jpg", "a.b.tilecast.png"])

    def test_without_a_folder_in_the_name(self):
        self.picture("a.png")
        self.run_ok("--format", "jpeg", "a.png", cwd=self.folder)
        self.assertEqual(self.listing(), ["a.png", "a.tilecast.jpg"])

    def test_one_file(self):
        source = self.picture("a.png")
        self.run_ok(source, "-p", "invert", "-o", self.path("out.png"))
        self.assertTrue(np.array_equal(read_picture(self.path("out.png")), 255 - read_picture(source)))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out.png")).st_mode), 0o666 & ~self.umask())

    @staticmethod
    def bytes(path):
        with open(path, "rb") as file:
            return file.read()

    @staticmethod
    def umask():
        mask = os.umask(0)
        os.umask(mask)
        return mask

    def test_interrupted_batch_leaves_only_whole_results(self):
        rng = random.Random(seed())
        sources = [self.picture(f"{i}.png", 160, 120, seed=i) for i in range(40)]
        for _ in range(25):
            os.mkdir(self.path("out"))
            process = subprocess.Popen([TILECAST, "run", "--out-dir", self.path("out"), *sources],
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            time.sleep(rng.uniform(0, 0.3))  # anywhere in its course, or after it
            number = rng.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
            process.send_signal(number)
            self.assertEqual(process.communicate(timeout=60)[0], b"")
            self.assertIn(process.returncode, (0, -number))
            for name in self.listing("out"):
                self.assertRegex(name, r"^\d+\.png$")
                self.assertEqual(self.bytes(self.path("out", name))[-8:-4], b"IEND", name)
            shutil.rmtree(self.path("out"))

    def test_ignored_signals_stay_ignored(self):
        os.mkfifo(self.path("pipe"))
        process = subprocess.Popen([TILECAST, "run", self.path("pipe"), "-o", self.path("o.png")],
                                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        with open(self.path("pipe"), "wb") as pipe:  # opened once the program reads
            process.send_signal(signal.SIGHUP)
            pipe.write(self.bytes(self.picture("a.png")))
        self.assertEqual(process.wait(60), 0)
        self.assertIn("o.png", self.listing())

    def test_format(self):
        source = self.picture("a.png", 200, 200)

        def kind(*arguments):
            self.run_ok(source, *arguments)
            with open(self.path(arguments[-1]), "rb") as file:
                return file.read(2)

        self.assertEqual(kind("-o", self.path("o.jpg")), b"\xff\xd8")
        self.assertEqual(kind("-o", self.path("o.JPEG")), b"\xff\xd8")
        self.assertEqual(kind("-o", self.path("o.PNG")), b"\x89P")
        self.assertEqual(kind("-o", self.path("none")), b"\x89P")
        self.assertEqual(kind("--format", "jpeg", "-o", self.path("o.x")), b"\xff\xd8")
        self.assertEqual(kind("--format=png", "-o", self.path("o2.jpg")), b"\x89P")
        self.run_ok(source, "-q", "10", "-o", self.path("low.jpg"))
        self.run_ok(source, "-q", "95", "-o", self.path("high.jpg"))
        self.assertLess(os.path.getsize(self.path("low.jpg")) * 2, os.path.getsize(self.path("high.jpg")))

    def test_standard_input_and_output(self):
        picture = photograph(50, 30)
        data = cv2.imencode(".png", picture)[1].tobytes()
        for arguments in (["-"], ["-", "-o", "-"]):
            result = self.run_ok(*arguments, stdin=data)
            self.assertTrue(np.array_equal(cv2.imdecode(np.frombuffer(result.raw, np.uint8), 1), picture))
        self.run_ok("-", "--out-dir", self.folder, stdin=data)
        self.assertEqual(self.listing(), ["stdin.png"])
        read, write = os.pipe()  # input that cannot be measured beforehand
        with os.fdopen(write, "wb") as pipe:
            pipe.write(data)
        pid = os.posix_spawn(TILECAST, ["tilecast", "run", "-", "-o", self.path("p.png")], os.environ,
                             file_actions=[(os.POSIX_SPAWN_DUP2, read, 0), (os.POSIX_SPAWN_CLOSE, read)])
        os.close(read)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertTrue(np.array_equal(read_picture(self.path("p.png")), picture))

    def test_out_dir(self):
        one, two = self.picture("a.jpg"), self.picture("b.png")
        self.run_ok("--out-dir", self.path("x/y/"), one, two)
        self.assertEqual(self.listing("x", "y"), ["a.png", "b.png"])

    def test_same_names(self):
        os.mkdir(self.path("d"))
        files = [self.picture("a.png", seed=1), self.picture("a.jpg", seed=2), self.picture("d/a.png", seed=3)]
        self.run_ok("--out-dir", self.path("out"), *files)
        self.assertEqual(self.listing("out"), ["a-2.png", "a-3.png", "a.png"])
        self.assertTrue(np.array_equal(read_picture(self.path("out/a-3.png")), read_picture(files[2])))
        self.run_ok("--out-dir", self.path("out"), *files)
        self.assertEqual(self.listing("out"), ["a-2.png", "a-3.png", "a.png"])
        self.run_ok(*files[:2])
        self.assertEqual(self.listing(), ["a.jpg", "a.png", "a.tilecast-2.png", "a.tilecast.png", "d", "out"])

    def test_a_picture_of_the_call_is_not_replaced(self):
        a, b = self.picture("a.jpg", seed=1), self.picture("a.png", seed=2)
        before = self.bytes(b)
        self.run_ok("-p", "invert", "--out-dir", self.folder, a, b)
        self.assertEqual(self.bytes(b), before)
        self.assertEqual(self.listing(), ["a-2.png", "a-3.png", "a.jpg", "a.png"])

    def test_in_place(self):
        source = self.picture("a.png")
        before = read_picture(source)
        self.run_ok("-p", "invert", source, "-o", source)
        self.assertTrue(np.array_equal(read_picture(source), 255 - before))

    def test_devices_and_links(self):
        source = self.picture("a.png")
        self.run_ok(source, "-o", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        self.write("target.png", b"old")
        os.symlink("target.png", self.path("link.png"))
        self.run_ok(source, "-o", self.path("link.png"))
        self.assertTrue(os.path.islink(self.path("link.png")))
        self.assertTrue(np.array_equal(read_picture(self.path("target.png")), read_picture(source)))

    def test_what_cannot_be_written(self):
        source = self.picture("a.png")
        self.write("file", b"x")
        result = tilecast("run", source, "-o", self.path("missing/o.png"))
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, "missing/o.png")
        result = tilecast("run", source, "--out-dir", self.path("file/x"))
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, "file/x")
        with open("/dev/full", "wb") as full:
            pid = os.posix_spawn(TILECAST, ["tilecast", "codes", "--json", source], os.environ,
                                 file_actions=[(os.POSIX_SPAWN_DUP2, full.fileno(), 1)])
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 1)
        self.assertEqual(self.listing(), ["a.png", "file"])

    def test_no_result_for_a_broken_picture(self):
        broken = self.write("a.png", b"no picture")
        self.write("o.png", b"what was there before")
        self.assertEqual(tilecast("run", broken, "-o", self.path("o.png")).code, 1)
        self.assertEqual(self.bytes(self.path("o.png")), b"what was there before")
        self.assertEqual(self.listing(), ["a.png", "o.png"])

    def test_odd_names(self):
        for name in ("-dash.png", "tab\tnew\nline.png", "bild ü.png", "\udcff.png", ".png"):
            folder = self.path("d")
            os.mkdir(folder)
            write_picture(self.path("x.png"), photograph(20, 20))
            os.rename(self.path("x.png"), os.path.join(folder, name))
            result = self.run_ok("--json", "--", name, cwd=folder)
            self.assertEqual(len(result.of("done")), 1, result)
            self.assertEqual(len(os.listdir(folder)), 2)
            for file in os.listdir(folder):
                os.remove(os.path.join(folder, file))
            os.rmdir(folder)

    def test_events(self):
        source = self.picture("a.png", 300, 200)
        result = self.run_ok("--json", "--tile", "64", "-p", "gaussian_blur | equalize", source)
        self.assertEqual(result.err, "")
        self.assertTrue(all(e["file"] == source for e in result.events))
        done = result.events[-1]
        self.assertEqual((done["event"], done["width"], done["height"], done["warning"]), ("done", 300, 200, ""))
        self.assertEqual(done["out"], self.path("a.tilecast.png"))
        self.assertGreater(done["ms"], 0)
        progress = result.of("progress")
        self.assertEqual(progress[-1]["done"], progress[-1]["total"])
        self.assertEqual([e["done"] for e in progress], sorted(e["done"] for e in progress))
        self.assertTrue(all(e["done"] < e["total"] and "eta_ms" in e for e in progress[:-1]))
        tiles = result.of("tile")
        self.assertEqual(sum(t["width"] * t["height"] for t in tiles), 300 * 200)
        self.assertEqual(len({(t["x"], t["y"]) for t in tiles}), 20)
        self.assertTrue(all(t["worker"] >= 1 for t in tiles))

    def test_progress_bar_only_on_a_terminal(self):
        source = self.picture("a.png", 400, 300)
        self.assertEqual(self.run_ok(source, "-p", "gaussian_blur ksize=31").err, "")
        ours, theirs = pty.openpty()
        pid = os.posix_spawn(TILECAST, ["tilecast", "run", source], os.environ,
                             file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 2)])
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the terminal's other end is closed
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertIn(b"%", seen)
        self.assertIn(b"a.tilecast.png: 400 x 300", seen)


if __name__ == "__main__":
    unittest.main()
