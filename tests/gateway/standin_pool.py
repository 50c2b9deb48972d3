#!/usr/bin/env python3
"""A pool that computes nothing: it speaks the gateway's socket protocol and does what the uploaded file says.

The upload is a JSON object: {"tiles": N, "side": S, "previews": N, "file": BYTES, "codes": [...], "steps": N,
"crash": CODE, "crash_tries": N, "hold": true, "finish_held": true, "fail": TEXT}. A real pool does not crash or wait on demand.
"""
import json
import os
import select
import socket
import struct
import sys

HEADER = struct.Struct("<BBBBIIIIIII")


def record(text):
    return HEADER.pack(0, 0, 0, 0, 0, len(text), 0, 0, 0, 0, 0) + text


class Pool:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.held = {}
        self.state = os.path.join(os.path.dirname(path), "tries.json")

    def send(self, **message):
        self.socket.sendall(record(json.dumps(message).encode()))

    def tries(self, key):
        """How often this job was run, also by earlier pools."""
        known = {}
        if os.path.exists(self.state):
            with open(self.state) as file:
                known = json.load(file)
        known[key] = known.get(key, 0) + 1
        with open(self.state, "w") as file:
            json.dump(known, file)
        return known[key]

    def tiles(self, run, count, side, stage, preview):
        offset = os.path.getsize(run["tiles"])
        with open(run["tiles"], "ab") as file:
            for i in range(count):
                pixels = bytes([i % 251]) * (side * side * 3)
                header = HEADER.pack(2, 3, stage, 0, run["job"], len(pixels), 1, i * side % 32768, 0, side, side)
                file.write(header + pixels)
                file.flush()
                length = len(header) + len(pixels)
                self.send(type="tile", job=run["job"], offset=offset, length=length, preview=preview)
                offset += length

    def run(self, run):
        with open(run["upload"], "rb") as file:
            script = json.load(file)
        job, attempt = run["job"], self.tries(str(run["job"]))
        side, count = script.get("side", 16), script.get("tiles", 4)
        stages = [{"width": side, "height": side, "channels": 3, "tiles": count, "steps": "a"}] * script.get("stages", 1)
        self.send(type="picture", job=job, format="png", width=side, height=side, channels=3, tile=side, stages=stages)
        for i in range(script.get("steps", 3)):
            self.send(type="progress", job=job, done=i, total=script.get("steps", 3), step="a", eta_ms=1)
        for code in script.get("codes", []):  # a text, or a text and its x; each attempt sees it elsewhere
            text, x = (code, 0) if isinstance(code, str) else code
            left, right = x + attempt, x + attempt + 100
            self.send(type="code", job=job, code_type="QR-Code", text=text, how=f"try {attempt}",
                      points=[[left, 0], [right, 0], [right, 100], [left, 100]])
        total = script.get("lines", 0)
        for begin in range(0, total, 500):
            part = [[i, 1, i + 5, 2] for i in range(begin, min(begin + 500, total))]
            self.send(type="lines", job=job, **{"from": begin}, total=total, lines=part)
        self.tiles(run, script.get("previews", 0), side, 0, True)
        if run["losses"] >= 2:
            self.send(type="failed", job=job, status="damaged", error="it has cost %d workers" % run["losses"])
            return
        if "crash" in script and attempt <= script.get("crash_tries", 1):
            if "lose" in script:  # first a worker is lost, at this job or at none
                self.send(type="rank", rank=1, state="lost", job=job if script["lose"] else 0)
            os._exit(script["crash"])
        if script.get("hold"):
            self.held[job] = run, script
            return
        if script.get("finish_held"):
            for held in self.held.values():
                self.finish(*held)
            self.held = {}
        if "fail" in script:
            self.send(type="failed", job=job, status="damaged", error=script["fail"])
            return
        self.finish(run, script)

    def finish(self, run, script):
        job, side = run["job"], script.get("side", 16)
        self.tiles(run, script.get("tiles", 4), side, script.get("stages", 1) - 1, False)
        with open(run["out"], "wb") as file:
            file.write(bytes(i & 255 for i in range(256)) * (script.get("file", 1024) // 256))
        self.send(type="done", job=job, width=side, height=side, channels=3, format=run["format"],
                  bytes=script.get("file", 1024), ms=1, warning="")

    def message(self, message):
        kind = message["type"]
        if kind == "run":
            self.run(message)
        elif kind == "cancel":
            self.held.pop(message["job"], None)
            self.send(type="cancelled", job=message["job"])
        elif kind == "ping" and not os.environ.get("STANDIN_DEAF"):
            self.send(type="pong", id=message["id"], ok=True, ms=1)
        elif kind == "alive":
            self.send(type="alive")
        elif kind == "quit":
            sys.exit(0)

    def serve(self):
        self.send(type="hello", ranks=[{"rank": 0, "pid": os.getpid(), "host": socket.gethostname()}])
        data = b""
        while True:
            select.select([self.socket], [], [])
            more = self.socket.recv(1 << 16)
            if not more:
                return
            data += more
            while len(data) >= HEADER.size:
                length = HEADER.unpack(data[: HEADER.size])[5]
                if len(data) < HEADER.size + length:
                    break
                text, data = data[HEADER.size : HEADER.size + length], data[HEADER.size + length :]
                self.message(json.loads(text))


Pool(sys.argv[sys.argv.index("--socket") + 1]).serve()
