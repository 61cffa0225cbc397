"""The course of a day, estimated: the normal course of its hours, stretched between the day's lowest and highest.

usage: hours.py YYYYMMDD WEEK
"""

import sys

from tables import fail, read, read_one, write

dt, week = sys.argv[1:]

day = read_one("dw/day", f"dt={dt}")
lowest, highest = float(day["min"]), float(day["max"])
normals = {row["hour"]: float(row["temperature"]) for row in read("ods/normals", f"week={week}") if row["day"] == dt[4:]}
low, high = min(normals.values(), default=0), max(normals.values(), default=0)
if len(normals) != 24 or low == high:
    fail(f"the normals of the day {dt[4:]} have no course over 24 hours")


def stretched(normal):
    return lowest + (normal - low) / (high - low) * (highest - lowest)


rows = [
    {"hour": hour, "temperature": f"{stretched(normal):.2f}", "normal": f"{normal:.2f}"}
    for hour, normal in sorted(normals.items())
]
write("dw/hours", f"dt={dt}", rows)
