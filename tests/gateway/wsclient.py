"""A WebSocket client for tests, on plain sockets, so that it can also break the protocol."""
import base64
import json
import os
import socket
import struct
import time

HEADER = struct.Struct("<BBBBIIIIIII")
UPLOAD, TILE, FILE = 1, 2, 3


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"closed with {code}: {reason}")
        self.code, self.reason = code, reason


class Client:
    def __init__(self, port, protocol="tilecast.v1", origin=None, path="/ws", timeout=30, receive_buffer=None,
                 host=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        if protocol is not None:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        if origin is not None:
            lines.append(f"Origin: {origin}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                self.close()
                raise Refused(0, "closed without an answer")
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head.split()[1])
        if status != 101:
            length = [line for line in head.decode().lower().split("\r\n") if line.startswith("content-length:")]
            while len(self.buffer) < int(length[0].split(":")[1]):
                self.buffer += self.socket.recv(65536)
            self.close()
            raise Refused(status, self.buffer.decode())
        self.next_job = 1
        self.next_upload = {}

    def close(self):
        self.socket.close()

    # Frames

    def send_raw(self, opcode, payload, final=True):
        n = len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        if n < 126:
            head += bytes([0x80 | n])
        elif n < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", n)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", n)
        self.socket.sendall(head + b"\0\0\0\0" + payload)  # a mask of zeros does not change the bytes

    def send(self, **message):
        self.send_raw(1, json.dumps(message).encode())

    def send_upload(self, job, offset, data):
        self.send_raw(2, HEADER.pack(UPLOAD, 0, 0, 0, job, len(data), 0, offset & 0xFFFFFFFF, offset >> 32, 0, 0) + data)

    def _exactly(self, n):
        while len(self.buffer) < n:
            more = self.socket.recv(1 << 20)
            if not more:
                raise Closed(1006, "without a close frame")
            self.buffer += more
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def receive(self):
        """The next message: a dict of a text message, or (frame, pixels or bytes)."""
        whole, kind = b"", None
        while True:
            first, second = self._exactly(2)
            n = second & 127
            if n == 126:
                n = struct.unpack(">H", self._exactly(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", self._exactly(8))[0]
            payload = self._exactly(n)
            opcode = first & 15
            if opcode == 8:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                try:
                    self.send_raw(8, payload[:2])
                except OSError:
                    pass
                raise Closed(code, payload[2:].decode())
            if opcode == 9:
                self.send_raw(10, payload)
            if opcode > 2:
                continue
            if opcode:
                kind = opcode
            whole += payload
            if first & 0x80:
                break
        if kind == 1:
            return json.loads(whole)
        f = HEADER.unpack(whole[: HEADER.size])
        assert f[5] == len(whole) - HEADER.size, "length of a binary message"
        frame = {"type": f[0], "channels": f[1], "stage": f[2], "job": f[4], "worker": f[6]}
        if f[0] == TILE:
            frame.update(x=f[7], y=f[8], width=f[9], height=f[10])
        else:
            frame.update(offset=f[7] | f[8] << 32)
        return frame, whole[HEADER.size :]

    # Jobs

    def submit(self, data, pipeline="", job=None, size=None, **options):
        job = job if job is not None else self.next_job
        self.next_job = max(self.next_job, job) + 1
        self.next_upload[job] = [data, 0]
        self.send(type="submit", job=job, size=len(data) if size is None else size, pipeline=pipeline, **options)
        return job

    def on_credit(self, message, chunk=65536):
        upload = self.next_upload.get(message["job"])
        while upload and upload[1] < min(len(upload[0]), message["offset"]):
            n = min(chunk, message["offset"] - upload[1], len(upload[0]) - upload[1])
            self.send_upload(message["job"], upload[1], upload[0][upload[1] : upload[1] + n])
            upload[1] += n

    def run(self, jobs, on_message=None):
        """Reads until all of `jobs` have ended. Returns what came for each."""
        results = {job: {"tiles": [], "file": b"", "codes": [], "lines": [], "progress": [], "pictures": [], "end": None}
                   for job in jobs}
        while any(result["end"] is None for result in results.values()):
            message = self.receive()
            if isinstance(message, dict):
                if message["type"] == "error":
                    raise AssertionError("error: " + message["error"])
                result = results.get(message.get("job"))
                if message["type"] == "credit":
                    self.on_credit(message)
                elif result is not None:
                    if result["end"]:
                        raise AssertionError(f"{message} after {result['end']}")
                    kind = message["type"]
                    if kind == "code":
                        result["codes"].append(message)
                    elif kind == "lines":
                        result["lines"].append(message)
                    elif kind == "progress":
                        result["progress"].append(message)
                    elif kind == "picture":
                        result["pictures"].append(message)
                    elif kind in ("done", "failed", "cancelled"):
                        result["end"] = message
            else:
                frame, data = message
                result = results[frame["job"]]
                assert result["end"] is None
                if frame["type"] == TILE:
                    result["tiles"].append((frame, data))
                else:
                    assert frame["offset"] == len(result["file"])
                    result["file"] += data
            if on_message:
                on_message(message)
        return results

    def expect_error(self):
        """Reads the one `error` and the close frame that follows it. Returns (sentence, code)."""
        sentence = None
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                message = self.receive()
            except Closed as closed:
                return sentence, closed.code
            if isinstance(message, dict) and message["type"] == "error":
                assert sentence is None, "two errors"
                sentence = message["error"]
        raise AssertionError("no error came")
