#!/bin/sh
# Samples which tasks are in R or D, where they wait, and the load average, for vtune analyze.
# Usage: sample-tasks.sh [SECONDS [INTERVAL]] > tasks.txt      (as root, for kernel stacks)
# Each look is a line `@ UNIX uptime=S mono=S loadavg=…`, then a line per task in R or D:
# `PID TID STATE NAME wchan=FUNCTION cg=LINE stack=OUTER;…;INNER`.
seconds=${1:-60}
interval=${2:-0.5}
exec awk -v seconds="$seconds" -v interval="$interval" '
function slurp(path,   line, text) {
  text = ""
  while ((getline line < path) > 0) text = text (text == "" ? "" : "\n") line
  close(path)
  return text
}
function stack_of(path,   text, lines, n, i, out) {
  text = slurp(path)
  n = split(text, lines, "\n")
  out = ""
  for (i = n; i >= 1; i--) {
    sub(/^\[<[0-9a-f]+>\] /, "", lines[i])
    sub(/\+0x.*/, "", lines[i])
    if (lines[i] != "") out = out (out == "" ? "" : ";") lines[i]
  }
  return out
}
BEGIN {
  "date +%s.%N" | getline unix; close("date +%s.%N")
  split(slurp("/proc/uptime"), up, " ")
  offset = unix - up[1]
  end = up[1] + seconds
  for (;;) {
    # The monotonic clock is the uptime, to a hundredth of a second, as long as the host was not suspended.
    split(slurp("/proc/uptime"), up, " ")
    printf "@ %.3f uptime=%s mono=%s0 loadavg=%s\n", offset + up[1], up[1], up[1], slurp("/proc/loadavg")
    list = "cat /proc/[0-9]*/task/[0-9]*/stat 2>/dev/null"
    n = 0
    while ((list | getline line) > 0) {
      open = index(line, "(")
      close_at = 0
      for (i = length(line); i > open; i--) if (substr(line, i, 1) == ")") { close_at = i; break }
      state = substr(line, close_at + 2, 1)
      if (state != "R" && state != "D") continue
      tid = substr(line, 1, open - 2)
      comm = substr(line, open + 1, close_at - open - 1)
      status = slurp("/proc/" tid "/status")
      pid = tid
      if (match(status, /Tgid:\t[0-9]+/)) pid = substr(status, RSTART + 6, RLENGTH - 6)
      group = slurp("/proc/" tid "/cgroup")
      m = split(group, groups, "\n")
      group = groups[1]
      # With cgroup v1 the line that matters most is that of blkio.
      for (i = 1; i <= m; i++) if (groups[i] ~ /:blkio:/) group = groups[i]
      gsub(/ /, "_", group)
      wchan = state == "D" ? slurp("/proc/" tid "/wchan") : "-"
      printf "%s %s %s %s wchan=%s cg=%s stack=%s\n", pid, tid, state, comm, wchan == "" ? "-" : wchan, group, state == "D" ? stack_of("/proc/" tid "/stack") : ""
    }
    close(list)
    fflush()
    if (up[1] + 0 >= end) exit
    system("sleep " interval)
  }
}'
