"""Copies of kernel files of one control group, as `below dump` would print them (titles, formats and formulas of below 0.9).

usage: below-from-snapshots.py DIRECTORY cgroup|system|disk [raw] > x.csv
       below-from-snapshots.py DIRECTORY cgroup raw openmetrics > x.txt
"""
import datetime, glob, os, re, sys

folder, sort, raw = sys.argv[1], sys.argv[2], "raw" in sys.argv[3:]
EPOCH = 1795200000


def read(snap, name):
    with open(os.path.join(snap, name)) as file:
        return file.read()


def pairs(text):
    return {line.split()[0].rstrip(":"): int(line.split()[1]) for line in text.splitlines() if len(line.split()) > 1}


def size(value):
    if raw:
        return repr(float(value)) if isinstance(value, float) else str(value)
    units, power = ["B", "KB", "MB", "GB"], 0
    while value >= 1024 and power < 3:
        value, power = value / 1024, power + 1
    text = f"{value:.1f}"
    return f"{text[:-2] if text.endswith('.0') else text} {units[power]}"


def percent(value):
    return repr(value) if raw else f"{value:.2f}%"


def rate(value):
    return repr(value) if raw else f"{value:.2f}/s"


def time(snap):
    return float(re.search(r"snap-\d+_([\d.]+)$", snap)[1])


def stamp(seconds):
    return str(EPOCH + round(seconds))


snaps = sorted(glob.glob(os.path.join(folder, "snap-*")))
rows = []
for before, after in zip(snaps, snaps[1:]):
    seconds = time(after) - time(before)
    gained = lambda name, key: pairs(read(after, name))[key] - pairs(read(before, name))[key]
    if sort == "cgroup":
        group = "sys@fs@cgroup@t@"
        cpu = lambda key: gained(group + "cpu.stat", key)
        stalled = lambda what, who: (
            int(re.search(who + r".*total=(\d+)", read(after, group + what + ".pressure"))[1])
            - int(re.search(who + r".*total=(\d+)", read(before, group + what + ".pressure"))[1])
        )
        stat = pairs(read(after, group + "memory.stat"))
        rows.append({
            "Full Path": "/t",
            "Timestamp": stamp(time(after)),
            "CPU Usage": percent(cpu("usage_usec") / seconds / 1e4),
            "CPU User": percent(cpu("user_usec") / seconds / 1e4),
            "CPU Sys": percent(cpu("system_usec") / seconds / 1e4),
            "Nr Period": rate(cpu("nr_periods") / seconds),
            "Nr Throttled": rate(cpu("nr_throttled") / seconds),
            "Throttled Pct": percent(cpu("throttled_usec") / seconds / 1e4),
            "Mem Total": size(int(read(after, group + "memory.current"))),
            "Mem Anon": size(stat["anon"]),
            "Mem File": size(stat["file"]),
            "Inactive File": size(stat["inactive_file"]),
            "RBytes": "?",
            "WBytes": "?",
            "Tids Current": read(after, group + "pids.current").strip() if raw else f"{int(read(after, group + 'pids.current'))}",
            "CPU Some Pressure": percent(stalled("cpu", "some") / seconds / 1e4),
            "Mem Pressure": percent(stalled("memory", "full") / seconds / 1e4),
            "I/O Pressure": percent(stalled("io", "full") / seconds / 1e4),
        })
    elif sort == "system":
        ticks = [
            [int(each) for each in read(snap, "proc@stat").splitlines()[0].split()[1:9]] for snap in (before, after)
        ]
        user, nice, system, idle, iowait, irq, softirq, steal = (b - a for a, b in zip(*ticks))
        total = user + nice + system + idle + iowait + irq + softirq + steal
        memory = pairs(read(after, "proc@meminfo"))
        rows.append({
            "Hostname": "guest",
            "Datetime": datetime.datetime.fromtimestamp(int(stamp(time(after))), datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
            "Usage": percent((total - idle - iowait) * 100 / total),
            "User": percent(user * 100 / total),
            "System": percent(system * 100 / total),
            "Total": size(memory["MemTotal"] * 1024),
            "Free": size(memory["MemFree"] * 1024),
            "Available": size(memory["MemAvailable"] * 1024),
            "OOM Kills": str(pairs(read(after, "proc@vmstat"))["oom_kill"]),
            "Kernel Version": "6.1.0-56-cloud-amd64",
            "Timestamp": stamp(time(after)),
        })
    elif sort == "disk":
        for line in read(after, "proc@diskstats").splitlines():
            fields = line.split()
            was = next(each.split() for each in read(before, "proc@diskstats").splitlines() if each.split()[2] == fields[2])
            if not re.fullmatch(r"vd[a-z]|sr\d", fields[2]):
                continue
            bytes_of = lambda at: (int(fields[at]) - int(was[at])) * 512 / seconds
            rows.append({
                "Timestamp": stamp(time(after)),
                "Name": fields[2],
                "Disk": size(bytes_of(5) + bytes_of(9)) + ("" if raw else "/s"),
                "Major": fields[0],
                "Minor": fields[1],
                "Read": size(bytes_of(5)) + ("" if raw else "/s"),
                "Read Completed": fields[3],
                "Read Merged": fields[4],
                "Read Sectors": fields[5],
                "Time Spend Read": fields[6] + ("" if raw else " ms"),
                "Write": size(bytes_of(9)) + ("" if raw else "/s"),
                "Write Completed": fields[7],
                "Write Merged": fields[8],
                "Write Sectors": fields[9],
                "Time Spend Write": fields[10] + ("" if raw else " ms"),
                "Disk Usage": "?",
            })
METRICS = {
    "CPU Usage": ("cgroup_cpu_usage_pct_percent", "gauge", "percent"),
    "Nr Period": ("cgroup_cpu_nr_periods_per_sec", "gauge", None),
    "Nr Throttled": ("cgroup_cpu_nr_throttled_per_sec", "gauge", None),
    "Throttled Pct": ("cgroup_cpu_throttled_pct_percent", "gauge", "percent"),
    "Mem Total": ("cgroup_mem_total_bytes", "counter", "bytes"),
    "Mem Anon": ("cgroup_mem_anon_bytes", "gauge", "bytes"),
    "Tids Current": ("cgroup_pids_tids_current_count", "counter", "count"),
    "CPU Some Pressure": ("cgroup_pressure_cpu_some_pct_percent", "gauge", "percent"),
}
if "openmetrics" in sys.argv[3:]:
    for row in rows:
        for title, (name, kind, unit) in METRICS.items():
            print(f"# TYPE {name} {kind}")
            if unit is not None:
                print(f"# UNIT {name} {unit}")
            print(f'{name}{{cgroup="{row["Full Path"]}",hostname="guest"}} {row[title]} {row["Timestamp"]}')
    print("# EOF")
    sys.exit()
print("".join(title + "," for title in rows[0]))
for row in rows:
    print("".join(cell + "," for cell in row.values()))
