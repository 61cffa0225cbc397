"""The numbers of a day's report, one a row.

usage: numbers.py YYYYMMDD HOT
"""

import sys

from tables import read, read_one, write

dt, hot = sys.argv[1], float(sys.argv[2])

day = read_one("dw/day", f"dt={dt}")
anomaly = read_one("dw/anomaly", f"dt={dt}")
records = read_one("dw/records", f"dt={dt}")
year = read("dw/year_to_date", f"dt={dt}")[-1]
hot_hours = sum(float(hour["temperature"]) >= hot for hour in read("dw/hours", f"dt={dt}"))


def number(key, label, value, unit, normal=""):
    return {"key": key, "label": label, "value": value, "unit": unit, "normal": normal}


write("report", f"dt={dt}/numbers", [
    number("max", "Highest temperature", day["max"], "°C", anomaly["normal_max"]),
    number("min", "Lowest temperature", day["min"], "°C", anomaly["normal_min"]),
    number("mean", "Mean temperature", day["mean"], "°C", anomaly["normal_mean"]),
    number("anomaly", "Off the normal mean", f"{float(anomaly['anomaly']):+.2f}", "°C"),
    number("warmest_rank", "Rank among the year's warm days", records["warmest_rank"], f"of {records['days']}"),
    number("hot_hours", f"Hours of {hot:g} °C or more", hot_hours, "h"),
    number("rain", "Rain", day["rain"], "mm"),
    number("rain_total", "Rain since 1 January", year["rain_total"], "mm"),
    number("wet_days", "Wet days since 1 January", year["wet_days"], "d"),
    number("dry_spell", "Dry spell (less than 1 mm a day)", year["dry_spell"], "d"),
    number("hdd_total", "Heating degree days", year["hdd_total"], "°C d"),
    number("cdd_total", "Cooling degree days", year["cdd_total"], "°C d"),
])
