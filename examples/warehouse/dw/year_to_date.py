"""The ledger of a year: a row per day since 1 January, with running totals.

A day's ledger is that of the day before and one row more. Where there is none (the first day ever asked for), the books are
opened from the year's volume in the archive, and give the same bytes.

usage: year_to_date.py YYYYMMDD COMFORT WET_DAY
"""

import csv
import sys
from datetime import datetime, timedelta

from tables import fail, home, path_of, read, read_one, write

dt, comfort, wet_day = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
today = datetime.strptime(dt, "%Y%m%d")
yesterday = f"{today - timedelta(days=1):%Y%m%d}"


def add(ledger, dt, highest, lowest, rain):
    """The ledger with one day more; every total is rounded as it is written, so that carrying it loses nothing."""
    last = ledger[-1] if ledger else {"rain_total": 0, "wet_days": 0, "dry_spell": 0, "hdd_total": 0, "cdd_total": 0}
    wet = float(rain) >= wet_day
    mean = (float(highest) + float(lowest)) / 2
    row = {
        "dt": dt,
        "max": highest,
        "min": lowest,
        "rain": rain,
        "rain_total": f"{float(last['rain_total']) + float(rain):.1f}",
        "wet_days": int(last["wet_days"]) + wet,
        "dry_spell": 0 if wet else int(last["dry_spell"]) + 1,
        "hdd_total": f"{float(last['hdd_total']) + max(0, comfort - mean):.2f}",
        "cdd_total": f"{float(last['cdd_total']) + max(0, mean - comfort):.2f}",
    }
    return [*ledger, row]


def opened():
    """The ledger of the day before, from the archive."""
    volume = home() / "archive" / f"{today.year}.csv"
    if not volume.exists():
        fail(f"neither a ledger of {yesterday} nor {volume}: has ods/observations run?")
    ledger = []
    for day in csv.DictReader(volume.open()):
        if day["date"] < f"{today:%Y-%m-%d}":
            ledger = add(ledger, day["date"].replace("-", ""), day["temp_max"], day["temp_min"], day["precipitation"])
    print(f"no ledger of {yesterday}: opened from {volume}")
    return ledger


def day_before():
    if dt.endswith("0101"):
        return []
    if path_of("dw/year_to_date", f"dt={yesterday}").exists():
        return read("dw/year_to_date", f"dt={yesterday}")
    return opened()


day = read_one("dw/day", f"dt={dt}")
ledger = add(day_before(), dt, day["max"], day["min"], day["rain"])
if len(ledger) != today.timetuple().tm_yday:
    fail(f"the ledger has {len(ledger)} days, and {dt} is day {today.timetuple().tm_yday} of its year")
write("dw/year_to_date", f"dt={dt}", ledger)
