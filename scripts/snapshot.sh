#!/bin/sh
# Copies what the kernel counts and is set to, several times, for vtune analyze: CPUs, memory, pressure, disks,
# interrupts, network, NUMA nodes, KSM, huge pages, control groups, and the processes asked for. Reads only.
#
#   snapshot.sh [-n COPIES] [-i SECONDS] [-p PID]... [-g GROUP]... DIRECTORY
#   snapshot.sh -n 4 -i 15 -p "$(pidof -s db)" -g system.slice/db.service snapshots
#
# GROUP is a path below /sys/fs/cgroup (below each controller, with version 1); without -g the groups of the
# upper two levels are copied. Two copies 30 seconds apart are made when nothing is said. As root, nothing is missed.
set -eu

copies=2 seconds=30 pids='' groups=''
while getopts n:i:p:g:h option; do
  case $option in
    n) copies=$OPTARG ;;
    i) seconds=$OPTARG ;;
    p) pids="$pids $OPTARG" ;;
    g) groups="$groups $OPTARG" ;;
    h) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || { echo "snapshot.sh: expected one DIRECTORY; -h tells more" >&2; exit 2; }
out=$1
case $copies in '' | *[!0-9]* | 0) echo "snapshot.sh: expected a number of copies, not $copies" >&2; exit 2 ;; esac

# Byte-exact copies: the name is the path with / as @. What a kernel does not have is left out.
copy() { # directory path...
  directory=$1
  shift
  for file; do
    [ -f "$file" ] && [ -r "$file" ] || continue
    name=$(echo "${file#/}" | tr / @)
    cat "$file" >"$directory/$name" 2>/dev/null || rm -f "$directory/$name"
    # Threads of the kernel have files without content below /proc; an empty file of a group says that nothing is set.
    case $file in /proc/*) [ -s "$directory/$name" ] || rm -f "$directory/$name" ;; esac
  done
}

directories_of_groups() {
  if [ -z "$groups" ]; then
    echo /sys/fs/cgroup /sys/fs/cgroup/* /sys/fs/cgroup/*/* /sys/fs/cgroup/*/*/*
    return
  fi
  for group in $groups; do echo "/sys/fs/cgroup/$group" /sys/fs/cgroup/*/"$group"; done
}

snapshot() { # number
  directory=$out/snap-$(printf %03d "$1")_$(date +%s.%N)_$(cut -d' ' -f1 /proc/uptime)
  mkdir -p "$directory"
  for name in stat meminfo vmstat buddyinfo diskstats interrupts softirqs loadavg schedstat swaps uptime cpuinfo version \
    net/dev net/snmp net/netstat net/softnet_stat pressure/cpu pressure/memory pressure/io pressure/irq sys/vm/swappiness \
    sys/kernel/numa_balancing; do
    copy "$directory" "/proc/$name"
  done
  copy "$directory" /sys/kernel/mm/ksm/* /sys/kernel/mm/transparent_hugepage/* /sys/kernel/mm/transparent_hugepage/khugepaged/* \
    /sys/devices/system/node/node[0-9]*/numastat /sys/devices/system/node/node[0-9]*/meminfo \
    /sys/devices/system/node/node[0-9]*/distance /sys/devices/system/node/node[0-9]*/cpulist /sys/kernel/debug/kvm/*exits
  for group in $(directories_of_groups); do
    [ -d "$group" ] || continue
    copy "$directory" "$group"/cpu.* "$group"/cpuacct.* "$group"/memory.* "$group"/io.* "$group"/blkio.* "$group"/pids.* \
      "$group"/cpuset.* "$group"/cgroup.procs
  done
  for pid in $pids $(pgrep -x ksmd || true); do
    for name in stat status sched schedstat io cgroup numa_maps smaps_rollup oom_score oom_score_adj ksm_stat ksm_merging_pages; do
      copy "$directory" "/proc/$pid/$name"
    done
    for task in /proc/"$pid"/task/*; do copy "$directory" "$task/stat" "$task/status" "$task/sched" "$task/schedstat"; done
  done
}

mkdir -p "$out"
grep -sH . /sys/devices/system/cpu/online /sys/devices/system/cpu/isolated /sys/devices/system/cpu/cpu[0-9]*/topology/*_list \
  /sys/devices/system/cpu/cpu[0-9]*/cache/index*/shared_cpu_list /sys/block/*/queue/scheduler /proc/irq/*/*_affinity_list \
  /proc/sys/vm/* /proc/sys/kernel/numa_balancing /proc/sys/net/core/* /proc/sys/net/ipv4/tcp_* /proc/cmdline >"$out/settings.txt" || true

number=1
while [ "$number" -le "$copies" ]; do
  [ "$number" -eq 1 ] || sleep "$seconds"
  snapshot "$number"
  number=$((number + 1))
done
