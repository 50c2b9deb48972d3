#!/usr/bin/env python3
"""The style guide as a test: whatever of docs/style.md a program can check. Prints each fault as FILE:LINE: SENTENCE
and exits with 1 if there is one. Each rule is a function that yields faults; RULES lists them."""

import os
import re
import subprocess
import sys
from collections import defaultdict

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 600
MIN_ASSERTIONS = 15  # per 1,000 lines of C

PRODUCT = ["core", "system", "codec", "control", "threads", "mpi_workers", "backend", "wasm", "cli"]

# Files that may be longer: tables.
LONG_FILES = {}

# Third-party headers, and the files that include them. One each; a second one needs a reason.
THIRD_PARTY = {
    "cjson/": ["control/json.c"],
    "libwebsockets.h": ["backend/server.c", "backend/http.c", "cli/socket.c"],
    "sqlite3.h": ["backend/store.c"],
    "mpi.h": ["mpi_workers/transport_mpi.c"],
    "jpeglib.h": ["codec/jpeg.c"],
    "spng.h": ["codec/png.c"],
    "zlib.h": ["codec/png.c"],
    "zbar": ["codec/zbar.c"],
    "ZXing/": ["codec/zxing.cpp"],
    "stb/": ["codec/stb.c", "codec/stb_encode.c"],
}


def tracked(*suffixes, folders=None):
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True,
                           text=True).stdout.split("\n")
    return [f for f in files if f.endswith(suffixes) and os.path.exists(os.path.join(ROOT, f))
            and (folders is None or f.split("/")[0] in folders)]


_texts = {}


def text_of(path):
    if path not in _texts:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            _texts[path] = file.read()
    return _texts[path]


COMMENT_OR_STRING = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.S)
_codes = {}


def code_of(path):
    """The text without comments and the contents of strings, on the same lines. Template literals of TypeScript stay,
    as they hold code."""
    if path not in _codes:
        def blank(match):
            found = match.group(0)
            if found.startswith("`"):
                return found
            return "".join(c if c == "\n" else " " for c in found)
        source = text_of(path)
        if path.endswith((".c", ".h", ".cpp", ".hpp")):
            source = re.sub(r"(?m)^(\s*#\s*include\b.*)$", "", source)
        _codes[path] = COMMENT_OR_STRING.sub(blank, source)
    return _codes[path]


def line_at(text, position):
    return text.count("\n", 0, position) + 1


C_FILES = (".c", ".h", ".cpp", ".hpp")
SCRIPT_FILES = (".ts", ".tsx", ".mjs", ".js")


# ---- Words


def parts_of(identifier):
    """The words of an identifier: tc_outboxTake1 → tc outbox take1."""
    words = []
    for piece in identifier.split("_"):
        words += re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z0-9]+", piece)
    return [w.lower() for w in words]


def glossary():
    """Rows (line, old words, new words) of the tables in docs/style.md."""
    for number, line in enumerate(text_of("docs/style.md").split("\n"), 1):
        cells = [c.strip() for c in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
        if len(cells) == 3 and "`" in cells[0]:
            yield number, re.findall(r"`([^`]+)`", cells[0]), re.findall(r"`([^`]+)`", cells[1])


def rule_glossary():
    used = defaultdict(list)  # identifier: places
    for path in tracked(*C_FILES, *SCRIPT_FILES):
        if path.startswith("tests/style/"):
            continue
        for number, line in enumerate(code_of(path).split("\n"), 1):
            for identifier in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", line):
                if len(used[identifier]) < 3:
                    used[identifier].append((path, number))
    by_word = defaultdict(list)  # a part: identifiers that have it
    split = {}
    for identifier in used:
        split[identifier] = parts_of(identifier)
        for word in set(split[identifier]):
            by_word[word].append(identifier)

    def having(word):
        wanted = parts_of(word)
        for identifier in by_word.get(wanted[0], []) if wanted else []:
            have = split[identifier]
            if any(have[i:i + len(wanted)] == wanted for i in range(len(have) - len(wanted) + 1)):
                yield identifier

    paths = tracked(*C_FILES, *SCRIPT_FILES)
    rows = 0
    for number, old, new in glossary():
        rows += 1
        for word in old:
            for identifier in having(word):
                for path, line in used[identifier]:
                    yield f"{path}:{line}: {identifier} has the old word \"{word}\" (docs/style.md:{number})"
        for word in new:
            if not any(True for _ in having(word)) and not any(word in path for path in paths):
                yield f"docs/style.md:{number}: nothing in the code is called \"{word}\" any more"
    if rows < 20:
        yield "docs/style.md:1: the glossary could not be read"


# Turns of phrase that read like riddles. They are looked for in comments, messages and documents.
RIDDLES = [r"that is none\b", r"\btells? stages\b", r"\btake the system long\b", r"\bwithout ado\b", r"\btalks nonsense\b",
           r"\bmakes? nonsense\b", r"\bis no such case\b", r"\bbeside each other\b", r"\btakes? turns at\b",
           r"\bthat it goes on with\b", r"\bwhoever\b", r"\bhas been told of\b", r"\bthere is to do\b"]


def rule_riddles():
    pattern = re.compile("|".join(RIDDLES), re.I)
    for path in tracked(*C_FILES, *SCRIPT_FILES, ".md", ".sh", ".py", "CMakeLists.txt", ".cmake"):
        if path.startswith("tests/style/"):
            continue
        for number, line in enumerate(text_of(path).split("\n"), 1):
            match = pattern.search(line)
            if match:
                yield f"{path}:{number}: \"{match.group(0)}\" reads like a riddle; say it in plain words"


# ---- Files


def rule_file_length():
    for path in tracked(*C_FILES, *SCRIPT_FILES, ".css", ".py"):
        lines = text_of(path).count("\n")
        if lines > LONG_FILES.get(path, MAX_FILE_LINES):
            yield f"{path}:1: {lines} lines; at most {LONG_FILES.get(path, MAX_FILE_LINES)}"


def rule_opening_comment():
    for path in tracked(*C_FILES, folders=PRODUCT):
        if not text_of(path).lstrip().startswith(("//", "/*")):
            yield f"{path}:1: no opening comment that says what the file is for"


def rule_guards():
    for path in tracked(".h", ".hpp"):
        guard = re.sub(r"[^A-Z0-9]", "_", path.upper())
        wanted = guard if guard.startswith("TC_") else "TC_" + guard
        found = re.findall(r"(?m)^#ifndef (\w+)\n#define (\w+)$", text_of(path))
        if "pragma once" in text_of(path):
            yield f"{path}:1: #pragma once; use the guard {wanted}"
        elif path in UNGUARDED:
            continue
        elif not found or found[0] != (wanted, wanted):
            yield f"{path}:1: the include guard is not {wanted}"


# Headers that are included several times or stand in for a system's header.
UNGUARDED = {"wasm/zbar/config.h"}


def rule_dead_files():
    built = "".join(text_of(p) for p in tracked("CMakeLists.txt", ".cmake"))

    def is_globbed(folder):
        lists = os.path.join(folder, "CMakeLists.txt")
        return os.path.exists(os.path.join(ROOT, lists)) and "file(GLOB" in text_of(lists)

    included = set()
    for path in tracked(*C_FILES):
        for name in re.findall(r'#\s*include\s+["<]([^">]+)[">]', text_of(path)):
            included.add(name)
            included.add(os.path.normpath(os.path.join(os.path.dirname(path), name)))
    for path in tracked(*C_FILES):
        if path.startswith("wasm/zbar/"):  # stands in for a header that zbar's configure script would write
            continue
        folder, name = os.path.split(path)
        stem = os.path.splitext(name)[0]
        if path.endswith((".h", ".hpp")):
            if path not in included and not any(i.endswith("/" + name) or i == name for i in included):
                yield f"{path}:1: no file includes it"
        elif folder not in ("core/ops", "core/kernels") and not is_globbed(folder) and not re.search(
                rf"\b(?:{re.escape(stem)}|{re.escape(re.sub('^(test|fuzz)_', '', stem))})\b", built):
            yield f"{path}:1: nothing builds it"


# ---- Functions


def functions_of(path):
    """Definitions in a C file formatted by clang-format: (name, first line, lines, is public)."""
    lines = code_of(path).split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        if not line or line[0] in " \t#}/" or line.startswith(("typedef", "struct ", "enum ", "union ", "namespace")):
            if not re.match(r"(struct|enum|union) \w+ \*?\w+\(", line):
                number += 1
                continue
        head, last = line, number
        while last < len(lines) - 1 and not re.search(r"[{;]\s*$", lines[last]) and last - number < 12:
            last += 1
            head += " " + lines[last].strip()
        if head.rstrip().endswith("{") and "(" in head and "=" not in head.split("(")[0]:
            end = last
            while end < len(lines) and not lines[end].startswith("}"):
                end += 1
            exported = re.search(r"TC_EXPORT\((\w+)\)", head) or re.search(r"\b(\w+)\(", head)
            if exported:
                yield exported.group(1), number + 1, end - number + 1, not head.startswith("static")
            number = end
        number += 1


def rule_function_length():
    for path in tracked(".c", ".cpp", ".h"):
        for name, line, lines, _ in functions_of(path):
            if lines > MAX_FUNCTION_LINES:
                yield f"{path}:{line}: {name} has {lines} lines; at most {MAX_FUNCTION_LINES}"


def rule_assertions():
    lines = asserts = 0
    by_folder = defaultdict(lambda: [0, 0])
    for path in tracked(".c", ".h", folders=PRODUCT):
        count = len(re.findall(r"\bTC_ASSERT(?:_SLOW)?\(|\b_Static_assert\(", code_of(path)))
        length = text_of(path).count("\n")
        lines, asserts = lines + length, asserts + count
        folder = path.split("/")[0]
        by_folder[folder][0] += length
        by_folder[folder][1] += count
    if asserts * 1000 < MIN_ASSERTIONS * lines:
        folders = ", ".join(f"{f} {1000 * a / n:.1f}" for f, (n, a) in sorted(by_folder.items()))
        yield (f"core/assert.h:1: {1000 * asserts / lines:.1f} assertions per 1,000 lines of C; at least "
               f"{MIN_ASSERTIONS} ({folders})")


# ---- Dependencies


def unit_of(path):
    return os.path.splitext(path)[0]


def circles(graph):
    """The strongly connected components of more than one node (Tarjan, 1972), without recursion."""
    index, low, on_stack, stack, found = {}, {}, set(), [], []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(graph.get(target, ())))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        component.append(stack.pop())
                        on_stack.discard(component[-1])
                        if component[-1] == node:
                            break
                    if len(component) > 1:
                        found.append(sorted(component))
    return found


def includes_of(path):
    return re.findall(r'(?m)^\s*#\s*include\s+"([^"]+)"', text_of(path))


def c_graph():
    """Units (a file's path without its ending) and those that they include or whose public functions they call."""
    paths = [p for p in tracked(".c", ".h", ".cpp", ".hpp", folders=PRODUCT)]
    defined = defaultdict(set)
    for path in paths:
        if path.endswith((".c", ".cpp")):
            for name, _, _, public in functions_of(path):
                if public and name.startswith("tc_"):
                    defined[name].add(unit_of(path))
    graph = {unit_of(p): set() for p in paths}
    for path in paths:
        unit = unit_of(path)
        for name in includes_of(path):
            if unit_of(name) in graph:
                graph[unit].add(unit_of(name))
        if path.endswith((".c", ".cpp")):
            for name in set(re.findall(r"\btc_\w+(?=\()", code_of(path))):
                owners = defined.get(name, set())
                if unit not in owners:
                    # A function with one definition natively and one in the page: the one of the caller's folder.
                    near = {o for o in owners if os.path.dirname(o) == os.path.dirname(unit)}
                    graph[unit] |= near or owners
        graph[unit].discard(unit)
    return graph


def ts_imports(path):
    code = text_of(path)
    found = re.findall(r"""(?m)^\s*(?:import|export)\b[^;'"]*?from\s*['"](\.[^'"]+)['"]""", code)
    found += re.findall(r"""(?m)^\s*import\s*['"](\.[^'"]+)['"]""", code)
    found += re.findall(r"""\bimport\(\s*['"](\.[^'"]+)['"]""", code)
    return found


def ts_workers(path):
    """Modules that a file starts as Web Workers, and style sheets and others that it names by URL."""
    return re.findall(r"""new URL\(\s*['"](\.[^'"]+)['"]""", text_of(path)) + \
        re.findall(r"""from\s*['"](\.[^'"]+)\?[a-z&]+['"]""", text_of(path))


def ts_resolve(path, name):
    base = os.path.normpath(os.path.join(os.path.dirname(path), re.sub(r"\?.*$", "", name)))
    for candidate in (base, base + ".ts", base + ".tsx", base + "/index.ts", base + "/index.tsx",
                      re.sub(r"\.js$", ".ts", base), re.sub(r"\.jsx?$", ".tsx", base)):
        if os.path.isfile(os.path.join(ROOT, candidate)):
            return candidate
    return None


def rule_circles():
    for component in circles(c_graph()):
        yield f"{component[0]}.c:1: these files depend on each other in a circle: {' '.join(component)}"
    graph = {}
    for path in tracked(".ts", ".tsx", folders=["web"]):
        graph[path] = {t for t in (ts_resolve(path, n) for n in ts_imports(path)) if t and t.endswith((".ts", ".tsx"))}
    for component in circles(graph):
        yield f"{component[0]}:1: these modules import each other in a circle: {' '.join(component)}"


def rule_dead_modules():
    paths = tracked(".ts", ".tsx", ".css", folders=["web"])
    todo = [p for p in paths if re.search(r"\.config\.ts$|\.d\.ts$", p) or p.startswith("web/build")]
    for entry in re.findall(r'(?:src|href)="\.?/?(src/[^"]+)"', text_of("web/index.html")):
        todo.append("web/" + entry)
    build = "".join(text_of(p) for p in tracked(folders=["web"], *[".ts", ".js", ".mjs", ""])
                    if not p.startswith("web/src/") and p.endswith((".ts", ".js", ".mjs", "build")))
    todo += [p for p in paths if os.path.basename(p) in build]
    reached = set()
    while todo:
        path = todo.pop()
        if path in reached or not os.path.isfile(os.path.join(ROOT, path)):
            continue
        reached.add(path)
        if path.endswith((".ts", ".tsx")):
            todo += [t for t in (ts_resolve(path, n) for n in ts_imports(path) + ts_workers(path)) if t]
        elif path.endswith(".css"):
            todo += [t for t in (ts_resolve(path, n) for n in re.findall(r"""@import\s+['"]([^'"]+)['"]""", text_of(path))) if t]
    for path in paths:
        if path not in reached:
            yield f"{path}:1: no module imports it"


def layers():
    """The table in docs/architecture.md: a folder, and those that it may depend on."""
    allowed = {}
    for line in text_of("docs/architecture.md").split("\n"):
        match = re.match(r"\| `([a-z_]+)/` \| ((?:`[a-z_]+/`(?:, )?)+|–) \|$", line)
        if match:
            allowed[match.group(1)] = set(re.findall(r"`([a-z_]+)/`", match.group(2)))
    return allowed


def rule_layers():
    allowed = layers()
    for folder in PRODUCT:
        if folder not in allowed:
            yield f"docs/architecture.md:1: the table of layers has no row for {folder}/"
    for path in tracked(*C_FILES, folders=PRODUCT):
        folder = path.split("/")[0]
        for name in includes_of(path):
            other = name.split("/")[0]
            if other in PRODUCT and other != folder and other not in allowed.get(folder, set()):
                yield f"{path}:1: {folder}/ must not depend on {other}/ (docs/architecture.md)"


def rule_third_party():
    for path in tracked(*C_FILES, folders=PRODUCT):
        for name in re.findall(r'(?m)^\s*#\s*include\s+["<]([^">]+)[">]', text_of(path)):
            for header, files in THIRD_PARTY.items():
                if name.startswith(header) and path not in files:
                    yield f"{path}:1: includes {name}; only {', '.join(files)} may"


RULES = [rule for name, rule in sorted(globals().items()) if name.startswith("rule_")]


def main():
    chosen = [r for r in RULES if len(sys.argv) < 2 or r.__name__[5:] in sys.argv[1:]]
    faults = 0
    for rule in chosen:
        for fault in rule():
            print(fault)
            faults += 1
    print(f"{len(chosen)} rules, {faults} faults")
    return 1 if faults or not chosen else 0


sys.exit(main())
