"""How much warmer or colder than normal a day was.

usage: anomaly.py YYYYMMDD WEEK
"""

import sys

from tables import fail, read, read_one, write

dt, week = sys.argv[1:]

day = read_one("dw/day", f"dt={dt}")
normal = next((row for row in read("dw/normals", f"week={week}") if row["day"] == dt[4:]), None)
if normal is None:
    fail(f"no normals of the day {dt[4:]} in the week {week}")

row = {
    "dt": dt,
    "mean": day["mean"],
    "normal_max": normal["max"],
    "normal_min": normal["min"],
    "normal_mean": normal["mean"],
    "anomaly": f"{float(day['mean']) - float(normal['mean']):.2f}",
}
write("dw/anomaly", f"dt={dt}", [row])
