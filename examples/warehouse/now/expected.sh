# What to expect this hour, by persistence: the normal of the hour, and as much off it as yesterday was.
# usage: expected.sh TODAY HOUR YESTERDAY WEEK

set -eu
. ./tables.sh

today=$1 hour=$2 yesterday=$3 week=$4
normals=$(table ods/normals "week=$week")
anomaly=$(table dw/anomaly "dt=$yesterday")
readable "$normals" ods/normals
readable "$anomaly" dw/anomaly

expect() {
  awk -F'\t' -v OFS='\t' -v dt="$today" -v day="$(echo "$today" | cut -c5-8)" -v hour="$hour" '
    FNR == 1 { file++; next }
    file == 1 { anomaly = $6; next }
    $1 == day && $2 == hour { normal = $3; found++ }
    END {
      print "dt", "hour", "normal", "anomaly", "expected"
      print dt, hour, normal, anomaly, sprintf("%.2f", normal + anomaly)
      exit found != 1
    }
  ' "$anomaly" "$normals"
}

publish "$(table now/expected "dt=$today/hour=$hour")" expect
