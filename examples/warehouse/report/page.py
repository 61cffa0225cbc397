"""The report of a day: chart and table on one page. Prints the numbers.

usage: page.py YYYYMMDD
"""

import sys
from datetime import datetime
from html import escape

from tables import fail, home, publish, read

dt = sys.argv[1]
date = datetime.strptime(dt, "%Y%m%d")
title = f"Seattle, {date:%A} {date.day} {date:%B %Y}"

folder = home() / "report" / f"dt={dt}"
chart = folder / "chart.svg"
if not chart.exists():
    fail(f"{chart} does not exist: has report/chart run?")
numbers = read("report", f"dt={dt}/numbers")

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5d6875; --line: #dde2e8; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #96a1ae; --line: #2c3540; --paper: #12161c; } }
body { margin: 0 auto; max-width: 960px; padding: 32px 24px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", sans-serif; }
svg { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; max-width: 560px; margin: 28px 0 0 5.8%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 0; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; }
thead th { color: var(--soft); font-size: 13px; }
.value { text-align: right; font-weight: 600; } thead .value { font-weight: 400; }
.unit { padding-left: 6px; color: var(--soft); } .normal { text-align: right; color: var(--soft); }
footer { margin: 28px 0 0 5.8%; color: var(--soft); font-size: 13px; }
"""


def table_row(number):
    cells = [("", number["label"]), ("value", number["value"].replace("-", "−")), ("unit", number["unit"])]
    cells.append(("normal", number["normal"].replace("-", "−")))
    return "<tr>" + "".join(f'<td class="{name}">{escape(text)}</td>' for name, text in cells) + "</tr>"


def page():
    rows = "\n".join(table_row(number) for number in numbers)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{STYLE}</style>
{chart.read_text()}
<table>
<thead><tr><th>The day in numbers</th><th class="value">value</th><th class="unit"></th><th class="normal">normal</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<footer>Weather of Seattle: NOAA, by vega-datasets. Normals: 1981–2010. The course by hour is an estimate between the day's
lowest and highest.</footer>
</html>
"""


publish(folder / "report.html", page())
print(f"\n{title}")
for number in numbers:
    normal = f"  normal {number['normal']}" if number["normal"] else ""
    print(f"  {number['label']:<32}{number['value']:>8} {number['unit']:<6}{normal}".rstrip())
