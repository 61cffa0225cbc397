# The facts of a day, refused when they cannot be true.
# usage: day.sh YYYYMMDD

set -eu
. ./tables.sh

dt=$1
observation=$(table ods/observations "dt=$dt")
readable "$observation" ods/observations

facts() {
  awk -F'\t' -v OFS='\t' -v dt="$dt" '
    function refuse(why) { print "error: " dt ": " why >"/dev/stderr"; exit 1 }
    function number(text) { return text ~ /^-?[0-9]+(\.[0-9]+)?$/ }

    NR == 1 { print "dt", "max", "min", "mean", "rain", "weather"; next }
    {
      rain = $2; max = $3; min = $4
      if (!number(rain) || !number(max) || !number(min)) refuse("not a number: " $0)
      if (min + 0 > max + 0) refuse("lowest " min " above highest " max)
      if (max > 50 || min < -40) refuse("no temperature of Seattle: " min " to " max)
      if (rain < 0) refuse("negative rain: " rain)
      print dt, max, min, sprintf("%.2f", (max + min) / 2), rain, $6
    }
  ' "$observation"
}

publish "$(table dw/day "dt=$dt")" facts
