"""Symbols for bench/codes_sets: QR codes and bar codes with random contents, drawn by Debian's qrencode and zint."""

import dataclasses
import os
import subprocess
import tempfile

import cv2
import numpy as np

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHANUMERIC = DIGITS + LETTERS + " $%*+-./:"
LEVELS = "LMQH"
MODES = ("numeric", "alphanumeric", "byte", "kanji")
MASKS = 8
VERSIONS = 40
# What the smallest part of a symbol's modules that a level leaves for contents is, and the bits of a character.
DATA_SHARE = dict(zip(LEVELS, (0.73, 0.60, 0.44, 0.34)))
CHARACTER_BITS = dict(zip(MODES, (10 / 3, 5.5, 8, 13)))

ASCII_WORDS = "https://tilecast.example/ a?b=c;d&e red,green {blue} [1] 'quoted' \"text\" 100% ~ # @home _under |pipe".split()
LATIN_WORDS = "café naïve Straße Zürich señor ½ 20°C Ångström garçon œuvre".replace("œ", "oe").split()
UNICODE_WORDS = LATIN_WORDS + "Łódź Ελλάδα Москва 日本語 ✓ 한국어 žluťoučký 😀 — “quoted”".split()
KANJI = "日本語東京大阪京都漢字読取画像処理試験文書山川田中村上下左右前後春夏秋冬青赤白黒一二三四五六七八九十百千万円年月日時分カタナヒラテストのはをにへとも"


@dataclasses.dataclass
class Symbol:
    """`ink` is what is dark, `unit` samples to a module, without a quiet zone; that is `quiet` modules wide."""

    kind: str
    text: str
    ink: np.ndarray
    unit: int
    quiet: int
    facts: dict = dataclasses.field(default_factory=dict)

    @property
    def modules(self):
        """Width and height."""
        return self.ink.shape[1] / self.unit, self.ink.shape[0] / self.unit


class SymbolError(Exception):
    """The encoder refuses."""


def run_encoder(command, stdin=b""):
    """The dark samples of the picture that the command writes into the file that is put for `{}`."""
    with tempfile.TemporaryDirectory(prefix="tilecast-symbol-") as folder:
        name = os.path.join(folder, "symbol.png")
        done = subprocess.run([part if part != "{}" else name for part in command], input=stdin, capture_output=True)
        picture = cv2.imread(name, cv2.IMREAD_GRAYSCALE) if os.path.exists(name) else None
    if picture is None:
        raise SymbolError(f"{' '.join(command)[:80]}: {done.stderr.decode(errors='replace').strip()}")
    return picture < 128


def words(rng, choices, bytes_wanted, encoding):
    text = rng.choice(choices)
    while len((text + " ").encode(encoding)) < bytes_wanted:
        text += rng.choice([" ", " ", " ", "\r\n"]) + rng.choice(choices)
    while len(text.encode(encoding)) > bytes_wanted:
        text = text[:-1]
    return text.strip()


def random_text(rng, mode, count, encoding):
    """About `count` characters, or bytes in byte mode."""
    if mode == "numeric":
        return "".join(rng.choices(DIGITS, k=count))
    if mode == "alphanumeric":
        return rng.choice(LETTERS) + "".join(rng.choices(ALPHANUMERIC, k=count - 2)) + rng.choice(LETTERS)
    if mode == "kanji":
        return "".join(rng.choices(KANJI, k=count))
    choices = {"ascii": ASCII_WORDS, "latin-1": LATIN_WORDS, "utf-8": UNICODE_WORDS}[encoding]
    return words(rng, choices, count, encoding) or "ab"


def qrencode(text, version, level, mode):
    """qrencode chooses the mask itself."""
    how = {"kanji": ["-k"], "byte": ["-8"]}.get(mode, [])
    data = text.encode("shift_jis" if mode == "kanji" else "utf-8")
    return run_encoder(["qrencode", "-s", "1", "-m", "0", "-v", str(version), "-l", level, *how, "-o", "{}"], data)


def zint_qr(text, version, level, mask, encoding):
    eci = {"latin-1": ["--eci=3"], "utf-8": ["--eci=26"]}.get(encoding, [])
    return run_encoder(["zint", "-b", "QRCODE", "--scale=0.5", f"--vers={version}", f"--mask={mask}",
                        f"--secure={LEVELS.index(level) + 1}", *eci, "-d", text, "-o", "{}"])


def format_of(ink):
    """Version, level and mask, read from the modules (ISO/IEC 18004, 7.9 format information)."""
    bits = int("".join("01"[int(ink[8, x])] for x in range(5)), 2) ^ 0b10101
    return (len(ink) - 17) // 4, "MLHQ"[bits >> 3], bits & 7


def make_qr(rng, version, level, mode, mask=None):
    """A QR code of exactly this version, by qrencode if the mask may be any, else by zint."""
    encoding = rng.choice(("ascii", "utf-8") if mask is None else ("ascii", "utf-8", "latin-1")) if mode == "byte" else "ascii"
    modules = (17 + 4 * version) ** 2 - 3 * 64 - 31 - 8 * version - 25 * max(0, version // 7 + 2) ** 2 * (version > 1)
    count = (max(modules, 200) * DATA_SHARE[level] - 20 - 12 * (encoding != "ascii")) / CHARACTER_BITS[mode]
    count = max(3, int(count * rng.uniform(0.6, 1)))
    while True:
        text = random_text(rng, mode, count, encoding)
        try:
            ink = qrencode(text, version, level, mode) if mask is None else zint_qr(text, version, level, mask, encoding)
        except SymbolError:
            ink = None
        if ink is not None and format_of(ink)[0] == version:
            break
        if count <= 2:
            raise SymbolError(f"no contents fit into version {version}, level {level}, mode {mode}")
        count = max(2, count * 9 // 10)
    facts = dict(zip(("version", "level", "mask"), format_of(ink)), mode=mode, encoding=encoding,
                 by="qrencode" if mask is None else "zint")
    if facts["level"] != level or mask not in (None, facts["mask"]):
        raise SymbolError(f"the encoder made {facts}, not level {level}, mask {mask}")
    return Symbol("QR-Code", text, ink, 1, 4, facts)


def qr_plan(count):
    """Version, level, mode and mask of `count` codes. The first 320 have every mask at every version, level with mode
    in all pairs; the others have every level at every version, and the encoder's own mask."""
    for i in range(count):
        place = i % 500
        if place < VERSIONS * MASKS:
            version, mask = place % VERSIONS + 1, place // VERSIONS
            level = (mask + version // 4) % 4
        else:
            version, mask = place % VERSIONS + 1, None
            level = (place - VERSIONS * MASKS) // VERSIONS % 4
        mode = (level + version + (place // (4 * VERSIONS))) % 4
        yield version, LEVELS[level], MODES[mode], mask


def make_qrs(rng, count):
    return [make_qr(rng, *wish) for wish in qr_plan(count)]


def check_digit(digits):
    """GS1's: weights 3 and 1 from the right."""
    return str(-sum(int(d) * (3, 1)[i % 2] for i, d in enumerate(reversed(digits))) % 10)


def digits_of(rng, count):
    return "".join(rng.choices(DIGITS, k=count))


def ean13(rng):
    """None that begins with 0: that is a UPC-A, and its text has 12 digits."""
    digits = rng.choice(DIGITS[1:]) + digits_of(rng, 11)
    return digits + check_digit(digits), ["EANX", digits], 70


def code128(rng):
    kind = rng.randrange(3)
    length = rng.randint(6, 18)
    text = {0: lambda: digits_of(rng, 2 * length), 1: lambda: "".join(rng.choices(LETTERS + DIGITS + "-./ ", k=length)),
            2: lambda: "".join(rng.choices(LETTERS + LETTERS.lower() + DIGITS + "-_:/", k=length))}[kind]().strip()
    return text, ["CODE128", text], 60


def code39(rng):
    text = rng.choice(LETTERS) + "".join(rng.choices(LETTERS + DIGITS + "-.", k=rng.randint(4, 11)))
    return text, ["CODE39", text], 60


def itf(rng):
    if rng.randrange(2):
        digits = digits_of(rng, 13)
        return digits + check_digit(digits), ["C25INTER", digits + check_digit(digits)], 60
    digits = digits_of(rng, 2 * rng.randint(4, 8))
    return digits, ["C25INTER", digits], 60


def databar(rng):
    digits = digits_of(rng, 13)
    return "01" + digits + check_digit(digits), ["DBAR_OMN", digits], 40


def databar_expanded(rng):
    item = "9" + digits_of(rng, 12)
    weight = "00" + digits_of(rng, 4)
    text = f"01{item}{check_digit(item)}3103{weight}"
    return text, ["DBAR_EXP", f"[01]{text[2:16]}[3103]{weight}", "--gs1"], 40


LINEAR = {"EAN-13": (ean13,), "CODE-128": (code128,), "CODE-39": (code39,), "I2/5": (itf,),
          "DataBar": (databar, databar, databar, databar_expanded)}


def make_linear(rng, kind, index):
    """A bar code, with its text below. DataBar stands for one expanded code in four; its text is GS1's element string."""
    make = LINEAR[kind][index % len(LINEAR[kind])]
    text, (name, data, *options), height = make(rng)
    ink = run_encoder(["zint", "-b", name, *options, "--scale=2", f"--height={height}", "-d", data, "-o", "{}"])
    return Symbol("DataBar-Exp" if make is databar_expanded else kind, text, ink, 4, 10)
