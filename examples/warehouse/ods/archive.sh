# The counter of the weather office's tape archive. A volume holds a year; it is brought up from the tapes between two visits.
# It plays a remote service on local files: orders and volumes lie in $WAREHOUSE_HOME/archive, the tapes are $SOURCE_DATA.
# usage: archive.sh YEAR
#   prints the path of the volume; exit 75 when it has to be ordered first: come again

set -eu
. ./tables.sh

year=$1
tapes=$SOURCE_DATA/seattle-weather.csv
counter=$WAREHOUSE_HOME/archive
volume=$counter/$year.csv
mkdir -p "$counter/orders"

bring_up() { # YEAR: the checksum is written last, a volume without one is not complete
  awk -F, -v year="$1" 'NR == 1 || substr($1, 1, 4) == year' "$tapes" >"$counter/$1.csv"
  cksum <"$counter/$1.csv" >"$counter/$1.cksum"
}

for order in "$counter"/orders/*; do # what was ordered at earlier visits has been brought up by now
  [ -e "$order" ] || continue
  bring_up "${order##*/}"
  rm "$order"
done

grep -q "^$year-" "$tapes" || die "the archive has no volume $year"

if [ ! -e "$volume" ] || [ ! -e "$counter/$year.cksum" ]; then
  reason="volume $year is still on tape"
elif [ "$(cksum <"$volume")" != "$(cat "$counter/$year.cksum")" ]; then
  reason="volume $year is damaged (checksum differs)"
else
  echo "$volume"
  exit 0
fi

rm -f "$counter/$year.cksum"
: >"$counter/orders/$year"
die "$reason: ordered, come again" 75
