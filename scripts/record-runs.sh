#!/bin/sh
# Records runs of one or more variants of a program, interleaved (A B A B …), so that what changes on
# the machine meanwhile meets all of them alike. Each run gets a directory of its own: a profile, what
# the program printed, and the state of the host around it. vtune compare reads these directories.
#
#   record-runs.sh [-n RUNS] [-F HZ] [-e EVENT] [-o DIR] NAME=COMMAND...
#   record-runs.sh -n 8 -o runs main='./bench-main 100' new='./bench-new 100'
#   vtune compare --baseline runs/main --candidate runs/new
#
# The command is split at blanks, as a shell does. Needs perf, and leave to use it:
# sysctl kernel.perf_event_paranoid=1 (or root, for kernel symbols).
set -eu

runs=8 rate=999 event=cpu-clock out=runs
while getopts n:F:e:o:h option; do
  case $option in
    n) runs=$OPTARG ;;
    F) rate=$OPTARG ;;
    e) event=$OPTARG ;;
    o) out=$OPTARG ;;
    h) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { echo "record-runs.sh: no NAME=COMMAND given; -h tells more" >&2; exit 2; }
for variant; do
  case $variant in
    [!=/]*=?*) ;;
    *) echo "record-runs.sh: expected NAME=COMMAND, not $variant" >&2; exit 2 ;;
  esac
done
command -v perf >/dev/null || { echo "record-runs.sh: perf is missing; apt-get install linux-perf" >&2; exit 2; }

# Byte-exact copies: the name is the path with / as @. What a kernel does not have is left out.
copy() { # prefix path
  if [ -r "$2" ]; then cat "$2" >"$3/$1$(echo "${2#/}" | tr / @)" 2>/dev/null || true; fi
}
around() { # before@|after@ directory
  for file in /proc/stat /proc/loadavg /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory; do
    copy "$1" $file "$2"
  done
}

record() { # directory command...
  directory=$1
  shift
  mkdir -p "$directory"
  for file in /proc/cpuinfo /proc/version /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor; do
    copy '' $file "$directory"
  done
  around before@ "$directory"
  perf record -q -F "$rate" -e "$event" -g -o "$directory/perf.data" -- "$@" >"$directory/result.txt" || {
    echo "record-runs.sh: $* failed in $directory" >&2
    exit 1
  }
  around after@ "$directory"
  perf script --header -i "$directory/perf.data" >"$directory/perf.txt" 2>"$directory/perf.err" || {
    echo "record-runs.sh: perf script failed: $(tail -n 1 "$directory/perf.err"); $directory/perf.data is kept" >&2
    exit 1
  }
  gzip -f "$directory/perf.txt"
  rm -f "$directory/perf.data" "$directory/perf.err"
  [ -s "$directory/result.txt" ] || rm -f "$directory/result.txt"
}

run=1
while [ "$run" -le "$runs" ]; do
  for variant; do
    name=${variant%%=*}
    echo "run $run of $runs: $name" >&2
    # Splitting at blanks is what is asked for here.
    # shellcheck disable=SC2086
    record "$out/$name/run-$(printf %02d "$run")" ${variant#*=}
  done
  run=$((run + 1))
done
