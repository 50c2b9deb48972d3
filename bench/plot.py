"""Draws ratios as horizontal bars: SVG that is readable on light and dark pages."""
import html
import math

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #8b949e; stroke-opacity: .35 }
.one { stroke: #8b949e; stroke-width: 1.5 }
.value { font-size: 11px }
@media (prefers-color-scheme: dark) { text { fill: #adbac7 } }
"""
COLOURS = ("#9aa5b1", "#4c8fd6", "#e08a3c", "#58a56b")
WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 960, 320, 60, 92, 8, 7


def ticks(low, high):
    steps = [m * 10.0 ** e for e in range(-2, 4) for m in (1, 2, 5)]
    return [t for t in steps if low <= t <= high * 1.0001]


def bars(title, lines, series, rows):
    """`series`: names of the bars of a row; `rows`: (label, list of ratios or None). The scale is logarithmic."""
    values = [v for _, ratios in rows for v in ratios if v]
    low, high = min([0.5, *values]) * 0.95, max([2.0, *values]) * 1.05
    span = math.log(high / low)
    height = TOP + len(rows) * (len(series) * BAR + GAP) + 34

    def at(value):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(value / low) / span

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
           f"<style>{STYLE}</style>", f'<text class="title" x="12" y="24">{html.escape(title)}</text>']
    out += [f'<text x="12" y="{42 + 16 * i}">{html.escape(line)}</text>' for i, line in enumerate(lines)]
    x = LEFT
    for name, colour in zip(series, COLOURS):
        out.append(f'<rect x="{x}" y="{TOP - 19}" width="10" height="10" fill="{colour}"/>'
                   f'<text x="{x + 15}" y="{TOP - 10}">{html.escape(name)}</text>')
        x += 40 + 7 * len(name)
    for tick in ticks(low, high):
        kind = "one" if tick == 1 else "grid"
        out.append(f'<line class="{kind}" x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="{TOP}" y2="{height - 26}"/>'
                   f'<text x="{at(tick):.1f}" y="{height - 10}" text-anchor="middle">{tick:g}×</text>')
    y = TOP + GAP
    for label, ratios in rows:
        middle = y + len(series) * BAR / 2 + 4
        out.append(f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end">{html.escape(label)}</text>')
        for value, colour in zip(ratios, COLOURS):
            if value:
                left, right = sorted((at(1), at(value)))
                out.append(f'<rect x="{left:.1f}" y="{y}" width="{max(right - left, 1):.1f}" height="{BAR - 1}" '
                           f'fill="{colour}"/>')
            y += BAR
        if ratios[-1]:
            right = max(at(value) for value in (*ratios, 1) if value)
            out.append(f'<text class="value" x="{right + 5:.1f}" y="{middle:.1f}">{ratios[-1]:.2f}</text>')
        y += GAP
    return "\n".join(out + ["</svg>"]) + "\n"


def short(text, most=46):
    """A pipeline as a label; of a kernel only its size and kind."""
    if "kernel=" in text:
        numbers = text.split("kernel=")[1].split(",")
        side = round(len(numbers) ** 0.5)
        return f"convolve {side} × {side}, {'fractions' if '.' in text else 'whole numbers'}"
    return text if len(text) <= most else text[:most - 1] + "…"


def kernels(result):
    levels = result["levels"]
    rows = [(short(row["pipeline"]) + (" *" if row["note"] else ""), [row["ratio"].get(level) for level in levels])
            for row in result["rows"] if row["ratio"]]
    means = result["geometric_mean"]
    rows.insert(0, ("geometric mean", [means.get(level) for level in levels]))
    lines = [f"{result['date']}, {result['machine']}, one thread, {result['clock']} time, {result['picture']}",
             "Logarithmic scale, the number is the last level's; * does not compute the same, not in the mean"]
    return bars(f"OpenCV {result['opencv']}'s time by Tilecast's: above 1 Tilecast is faster", lines, levels, rows)


def wasm(result):
    """For bench/wasm/run, which is in JavaScript."""
    rows = [(short(row["pipeline"]), [row["ratio"].get("vips"), row["ratio"].get("opencv")])
            for row in result["rows"] if row["ratio"]]
    means = result["geometric_mean"]
    rows.insert(0, ("geometric mean", [means.get("vips"), means.get("opencv")]))
    lines = [f"{result['date']}, {result['machine']}, {result['browser']}, one worker, "
             f"{'least times' if result['by'] == 'min' else 'medians'}, {result['picture']}",
             "Logarithmic scale, the number is opencv.js's; missing bars: the library has no such operation"]
    names = [f"wasm-vips {result['vips']}", f"opencv.js {result['opencv']}"]
    return bars("Their time by Tilecast's in the browser: above 1 Tilecast is faster", lines, names, rows)
