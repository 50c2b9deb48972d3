"""A gateway that says what a test tells it to: one connection, one script."""

import base64
import hashlib
import json
import socket
import struct
import threading

WELCOME = {"type": "welcome", "version": "0", "host": "fake", "pool": "ready", "workers": 2,
           "limits": {"file_bytes": 1 << 20, "pixels": 1000000, "chunk_bytes": 1000, "message_bytes": 65536, "jobs": 3}}


class Gone(Exception):
    """The client has closed the connection."""


class Connection:
    def __init__(self, stream):
        self.stream = stream
        self.file = stream.makefile("rb")
        self.submits = []

    def exactly(self, size):
        data = self.file.read(size)
        if len(data) < size:
            raise Gone
        return data

    def handshake(self, answer=True):
        self.request = {}
        self.line = self.file.readline().decode()
        while (line := self.file.readline().decode().strip()):
            name, value = line.split(":", 1)
            self.request[name.lower()] = value.strip()
        if not answer:
            self.stream.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n")
            return
        key = self.request["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.stream.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Protocol: tilecast.v1\r\n"
                             f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())

    def frame(self, opcode, data, final=True):
        size = len(data)
        head = bytes([opcode | (0x80 if final else 0)])
        if size < 126:
            head += bytes([size])
        elif size < 65536:
            head += b"\x7e" + size.to_bytes(2, "big")
        else:
            head += b"\x7f" + size.to_bytes(8, "big")
        self.stream.sendall(head + data)

    def send(self, message=None, **fields):
        self.frame(1, json.dumps(message or fields).encode())

    def send_binary(self, kind, job, payload, channels=0, stage=0, worker=0, a=0, b=0, c=0, d=0, pieces=1):
        data = struct.pack("<BBBBIIIIIII", kind, channels, stage, 0, job, len(payload), worker, a, b, c, d) + payload
        step = -(-len(data) // pieces)
        for at in range(0, len(data), step):
            self.frame(2 if at == 0 else 0, data[at:at + step], at + step >= len(data))

    def receive(self, release=False):
        """The next message: a dict, or the header's fields and the payload. `release`: also a job's release."""
        while True:
            head = self.exactly(2)
            size = head[1] & 127
            if size > 125:
                size = int.from_bytes(self.exactly(2 if size == 126 else 8), "big")
            mask = self.exactly(4)
            data = bytes(x ^ mask[i & 3] for i, x in enumerate(self.exactly(size)))
            opcode = head[0] & 15
            if opcode == 8:
                raise Gone
            if opcode == 1:
                message = json.loads(data)
                if message["type"] == "release" and not release:
                    continue
                if message["type"] == "submit":
                    self.submits.append(message)
                return message
            if opcode == 2:
                return struct.unpack("<BBBBIIIIIII", data[:32]), data[32:]

    def upload(self, submit, step=1 << 30):
        """Lets the client send its file, with `step` bytes of credit at a time."""
        job, data = submit["job"], b""
        while len(data) < submit["size"]:
            limit = min(submit["size"], len(data) + step)
            self.send(type="credit", job=job, offset=limit)
            while len(data) < limit:
                header, payload = self.receive()
                assert header[0] == 1 and header[4] == job and header[5] == len(payload), header
                assert header[7] == len(data) and len(data) + len(payload) <= limit, header
                data += payload
        return data

    def deliver(self, submit, result=b"result", **fields):
        job = submit["job"]
        self.send_binary(3, job, result)
        self.send(**{"type": "done", "job": job, "width": 2, "height": 3, "channels": 3, "format": "png",
                     "bytes": len(result), "ms": 1, "warning": "", **fields})

    def close(self, code, reason):
        self.frame(8, code.to_bytes(2, "big") + reason.encode())


class FakeServer:
    """Runs `script(connection)` for the one connection it takes. Its fault fails the test when the block ends."""

    def __init__(self, script, answer=True, welcome=WELCOME):
        self.script, self.answer, self.welcome = script, answer, welcome
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"
        self.fault = None
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        try:
            stream, _ = self.listener.accept()
            stream.settimeout(20)
            with stream:
                connection = Connection(stream)
                connection.handshake(self.answer)
                if self.welcome:
                    connection.send(self.welcome)
                self.script(connection)
        except Gone:
            pass
        except Exception as fault:
            self.fault = fault

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(20)
        self.listener.close()
        if self.fault:
            raise self.fault
