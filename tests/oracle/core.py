"""The core, loaded from the shim's shared library."""
import ctypes
import struct

import numpy as np


class Picture(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("width", ctypes.c_int), ("height", ctypes.c_int),
                ("channels", ctypes.c_int)]


class Param(ctypes.Structure):  # tc_param
    _fields_ = [("name", ctypes.c_char_p), ("title", ctypes.c_char_p), ("kind", ctypes.c_int),
                ("initial", ctypes.c_double), ("min", ctypes.c_double), ("max", ctypes.c_double),
                ("unit", ctypes.c_char_p), ("choices", ctypes.c_char_p * 24),
                ("counts", ctypes.c_int * 4), ("initial_list", ctypes.POINTER(ctypes.c_double))]


INT, ODD, REAL, CHOICE, SET, LIST = range(6)  # tc_param_kind


class Failure(Exception):
    pass


class Core:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.shim_op.restype = ctypes.c_char_p
        self.lib.shim_param.restype = ctypes.POINTER(Param)
        self.lib.shim_level.restype = ctypes.c_char_p
        self.levels = {i: self.lib.shim_level(i).decode() for i in range(8) if self.lib.shim_level(i)}
        self.ops = {}
        for index in range(1000):
            name = self.lib.shim_op(index)
            if name is None:
                break
            self.ops[name.decode()] = list(self._params(index))

    def _params(self, op):
        for index in range(8):
            pointer = self.lib.shim_param(op, index)
            if not pointer:
                return
            p = pointer.contents
            choices = [c.decode() for c in p.choices[:] if c] if p.kind in (CHOICE, SET) else None
            initial = choices[int(p.initial)] if p.kind == CHOICE else "all" if p.kind == SET else p.initial
            initial = int(initial) if p.kind in (INT, ODD) else initial
            if p.kind == LIST:
                initial = tuple(p.initial_list[i] for i in range(int(p.initial)))
            yield {"name": p.name.decode(), "kind": p.kind, "initial": initial, "min": p.min, "max": p.max,
                   "choices": choices, "counts": [n for n in p.counts if n]}

    def run(self, text, x, level, tile, codes=b""):
        x = np.ascontiguousarray(x)
        source = Picture(x.ctypes.data, x.shape[1], x.shape[0], x.shape[2])
        out, message = Picture(), ctypes.create_string_buffer(1024)
        status = self.lib.shim_run(text.encode(), ctypes.byref(source), level, tile, codes, ctypes.c_size_t(len(codes)),
                                   ctypes.byref(out), message, ctypes.c_size_t(len(message)))
        if status != 0:
            raise Failure(message.value.decode())
        shape = (out.height, out.width, out.channels)
        try:
            return np.frombuffer(ctypes.string_at(out.data, out.height * out.width * out.channels),
                                 np.uint8).reshape(shape)
        finally:
            self.lib.shim_free(ctypes.byref(out))


def codes_blob(codes):
    """The blob of core/codes.h for a list of (four points, text), each of another symbology: equal ones would be one."""
    blob = struct.pack("<I", len(codes))
    for i, (points, text) in enumerate(codes):
        data = text.encode()
        blob += struct.pack("<HHII8iBBH", i, 0, len(data), 0, *[v for p in points for v in p], 0, 0, 0)
        blob += b"\0" + data + b"\0"
    return blob if codes else b""
