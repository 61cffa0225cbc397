# Lands the hourly climate normals: one row per day of a leap year (MMDD) and hour, 366 x 24 of them.
# usage: normals.sh WEEK

set -eu
. ./tables.sh

week=$1
source=$SOURCE_DATA/seattle-weather-hourly-normals.csv
[ -r "$source" ] || die "cannot read $source"

land() {
  awk -F, -v OFS='\t' '
    function emit(day, hour) { print day, hour, $3, $2, $4; rows++ }
    function refuse(why) { print "error: " why >"/dev/stderr"; failed = 1; exit 1 }

    NR == 1 {
      if ($0 != "date,pressure,temperature,wind") refuse("unexpected header: " $0)
      print "day", "hour", "temperature", "pressure", "wind"
      next
    }
    {
      day = substr($1, 6, 2) substr($1, 9, 2)
      hour = substr($1, 12, 2)
      if (day hour == "010101") emit(day, "00") # the source begins at 01:00; its first hour stands in for midnight
      emit(day, hour)
      if (day == "0228") emit("0229", hour)     # and it has no leap day
    }
    END { if (!failed && rows != 366 * 24) refuse(rows " rows, expected " 366 * 24) }
  ' "$source"
}

publish "$(table ods/normals "week=$week")" land
