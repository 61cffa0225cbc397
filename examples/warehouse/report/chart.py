"""The chart of a day: the year so far, its rain, and the day by hour, as an SVG.

usage: chart.py YYYYMMDD WEEK
"""

import sys
from datetime import datetime

from tables import home, publish, read, read_one

dt, week = sys.argv[1:]
date = datetime.strptime(dt, "%Y%m%d")
ledger = read("dw/year_to_date", f"dt={dt}")
normals = sorted(read("dw/normals", f"week={week}"), key=lambda row: row["day"])
hours = read("dw/hours", f"dt={dt}")
anomaly = read_one("dw/anomaly", f"dt={dt}")
day = ledger[-1]

# Normals are keyed by the days of a leap year; a day's place in the year is its place among them.
PLACE = {row["day"]: place for place, row in enumerate(normals)}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STYLE = """
.hera { --ink: #1b2430; --soft: #5d6875; --line: #e3e7ec; --band: #d9e2ec; --past: #8fa3b8; --now: #c8451b; --rain: #2f7fb8; --paper: #fff;
  font: 12px system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", sans-serif; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { .hera { --ink: #e6eaf0; --soft: #96a1ae; --line: #262e38; --band: #27323f; --past: #6d8299; --now: #ff8a5c;
  --rain: #62b0e6; --paper: #12161c; } }
.paper { fill: var(--paper); } text { fill: var(--soft); } .title { fill: var(--ink); font-size: 22px; font-weight: 650; }
.lead { font-size: 14px; } .head { fill: var(--ink); font-size: 13px; font-weight: 600; } .mark { fill: var(--now); font-weight: 600;
  stroke: var(--paper); stroke-width: 4px; paint-order: stroke; stroke-linejoin: round; }
.wet { fill: var(--rain); font-weight: 600; } .end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--line); } .band { fill: var(--band); } .past { stroke: var(--past); stroke-width: 1.2; }
.now { stroke: var(--now); stroke-width: 2.5; fill: none; stroke-linecap: round; stroke-linejoin: round; }
.usual { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 4 4; fill: none; } .dot { fill: var(--now); }
.area { fill: var(--rain); opacity: .18; } .total { stroke: var(--rain); stroke-width: 1.8; fill: none; stroke-linejoin: round; }
"""


class Panel:
    """A rectangle of the chart with a linear scale on each side."""

    def __init__(self, left, top, width, height, across, up):
        self.left, self.top, self.width, self.height, self.across, self.up = left, top, width, height, across, up

    def x(self, value):
        low, high = self.across
        return round(self.left + (value - low) / (high - low) * self.width, 1)

    def y(self, value):
        low, high = self.up
        return round(self.top + (high - value) / (high - low) * self.height, 1)

    def points(self, pairs):
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in pairs)

    def rules(self, step):
        """Horizontal lines at every step, named at the left."""
        low, high = self.up
        for value in range(low, high + 1, step):
            yield line(self.left, self.y(value), self.left + self.width, self.y(value), "grid")
            yield text(self.left - 8, self.y(value) + 4, signed(value), "end")


def signed(value):
    return str(value).replace("-", "−")


def text(x, y, words, kind=""):
    return f'<text x="{x}" y="{y}" class="{kind}">{words}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>'


def polyline(points, kind):
    return f'<polyline points="{points}" class="{kind}"/>'


def stretch(values, step):
    """The multiples of `step` that enclose all values."""
    return int(min(values) // step * step), int(-(-max(values) // step) * step)


def heading():
    off = float(anomaly["anomaly"])
    comparison = f"{abs(off):.2f}° {'warmer' if off > 0 else 'colder'} than the normal of 1981–2010"
    rain = f"{day['rain']} mm of rain" if float(day["rain"]) > 0 else "no rain"
    yield text(56, 40, f"Seattle, {date:%A} {date.day} {date:%B %Y}", "title")
    yield text(56, 64, f"{signed(anomaly['mean'])} °C on average, {comparison}; {rain}.", "lead")


def year_panel():
    low, high = stretch([float(row[side]) for row in [*ledger, *normals] for side in ("min", "max")], 10)
    panel = Panel(56, 124, 560, 260, (0, 366), (low, high))
    upper = [(PLACE[row["day"]] + 0.5, float(row["max"])) for row in normals]
    lower = [(PLACE[row["day"]] + 0.5, float(row["min"])) for row in normals]
    yield text(56, 104, "Lowest to highest of each day, °C", "head")
    yield f'<polygon points="{panel.points([*upper, *reversed(lower)])}" class="band"/>'
    yield from panel.rules(10)
    for row in ledger:
        x = panel.x(PLACE[row["dt"][4:]] + 0.5)
        yield line(x, panel.y(float(row["min"])), x, panel.y(float(row["max"])), "now" if row is day else "past")
    yield text(x, panel.y(float(day["max"])) - 8, f"{signed(day['max'])}°", "mark middle")
    yield text(x, panel.y(float(day["min"])) + 17, f"{signed(day['min'])}°", "mark middle")


def rain_panel():
    totals = [float(row["rain_total"]) for row in ledger]
    step = 100 if totals[-1] <= 500 else 250
    panel = Panel(56, 440, 560, 110, (0, 366), (0, max(step, stretch(totals, step)[1])))
    pairs = [(PLACE[row["dt"][4:]] + 0.5, total) for row, total in zip(ledger, totals)]
    x, y = panel.x(pairs[-1][0]), panel.y(totals[-1])
    late = pairs[-1][0] > 300  # no room at the right of the line's end
    yield text(56, 420, "Rain since 1 January, mm", "head")
    yield from panel.rules(step)
    yield f'<polygon points="{panel.points([(pairs[0][0], 0), *pairs, (pairs[-1][0], 0)])}" class="area"/>'
    yield polyline(panel.points(pairs), "total")
    yield text(x - 8 if late else x + 8, y - 8 if late else y + 4, f"{day['rain_total']} mm", "wet end" if late else "wet")
    for month, name in enumerate(MONTHS, start=1):
        start = PLACE[f"{month:02}01"]
        yield line(panel.x(start), 384, panel.x(start), 388, "grid")
        yield text(panel.x(start + 15), 568, name, "middle")


def hours_panel():
    courses = {name: [(int(row["hour"]), float(row[name])) for row in hours] for name in ("normal", "temperature")}
    low, high = stretch([value for course in courses.values() for _, value in course], 5)
    panel = Panel(676, 124, 244, 260, (0, 23), (low, high))
    top_hour, top = max(courses["temperature"], key=lambda pair: pair[1])
    side = "end" if top_hour > 17 else "middle"
    yield text(676, 104, "The day by hour, °C", "head")
    yield from panel.rules(5)
    yield polyline(panel.points(courses["normal"]), "usual")
    yield polyline(panel.points(courses["temperature"]), "now")
    yield f'<circle cx="{panel.x(top_hour)}" cy="{panel.y(top)}" r="4" class="dot"/>'
    yield text(panel.x(top_hour), panel.y(top) - 9, f"{signed(f'{top:.1f}')}° at {top_hour:02}:00", f"mark {side}")
    for hour in (0, 6, 12, 18):
        yield text(panel.x(hour), 404, f"{hour:02}:00", "middle")


def legend():
    entries = [
        ('<rect x="676" y="{0}" width="24" height="10" class="band"/>', "normal lowest to highest"),
        ('<line x1="688" y1="{0}" x2="688" y2="{1}" class="past"/>', f"each day of {date.year} so far"),
        ('<line x1="676" y1="{2}" x2="700" y2="{2}" class="now"/>', f"{date.day} {date:%B}"),
        ('<line x1="676" y1="{2}" x2="700" y2="{2}" class="usual"/>', "normal course of the day"),
    ]
    for place, (key, words) in enumerate(entries):
        y = 446 + 24 * place
        yield key.format(y, y + 12, y + 6)
        yield text(712, y + 10, words)


parts = [*heading(), *year_panel(), *rain_panel(), *hours_panel(), *legend()]
svg = "\n".join([
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 592" class="hera" role="img">',
    f"<title>Weather of Seattle on {date:%Y-%m-%d}</title>",
    f"<style>{STYLE}</style>",
    '<rect width="960" height="592" class="paper"/>',
    *parts,
    "</svg>\n",
])
publish(home() / "report" / f"dt={dt}" / "chart.svg", svg)
