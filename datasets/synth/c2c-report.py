"""Prints what `perf c2c report --stdio` of perf 6.1 prints, of planted accesses (layout: tools/perf/builtin-c2c.c, ui/stdio/hist.c).

usage: c2c-report.py > c2c/two-nodes.txt
"""

BAR = "=" * 49
# Line: address, then accesses: offset, code, remote HITM, local HITM, stores that hit L1, that missed, records, CPUs, symbol, source, nodes.
LINES = [
    ("0x55d3c0a04080", [
        ("0x0", "0x55d3c0a012f0", 900, 300, 0, 0, 5200, 8, "[.] poll_requests", "bench", "counters.c:41", "0  1"),
        ("0x0", "0x55d3c0a01310", 0, 0, 0, 0, 40, 1, "[.] print_report", "bench", "counters.c:90", "0"),
        ("0x8", "0x55d3c0a01344", 100, 60, 2400, 600, 4100, 8, "[.] count_error", "bench", "counters.c:57", "0  1"),
    ]),
    ("0xffff9d0441a2c1c0", [
        ("0x10", "0xffffffffb1a2f3c4", 120, 80, 500, 100, 1500, 16, "[k] native_queued_spin_lock_slowpath", "[kernel.kallsyms]", "qspinlock.c:474", "0  1"),
    ]),
    ("0x7f10e8000b40", [
        ("0x20", "0x7f10f1c0a210", 0, 6, 9, 0, 31, 2, "[.] operator<<(std::ostream&, char const*)", "libbench.so", "log.cpp:12", "1"),
        ("0x38", "0x7f10f1c0a2a8", 0, 2, 0, 0, 12, 2, "[.] flush", "libbench.so", "log.cpp:30", "1"),
    ]),
]
HIDDEN_LOCAL, HIDDEN_REMOTE = 32, 0


def total(accesses, at):
    return sum(access[at] for access in accesses)


def table(groups, names, widths, left):
    """Header lines of columns: names right-aligned, as perf writes them; a group is (text, columns it spans)."""
    cells, at = [], 0
    for text, span in groups:
        width = sum(widths[at:at + span]) + 2 * (span - 1)
        cells.append(text.rjust(width))
        at += span
    pad = lambda text, i: text.ljust(widths[i]) if i in left else text.rjust(widths[i])
    print("#" + " " + "  ".join(cells)[0:].rstrip())
    print("# " + "  ".join(pad(name, i) for i, name in enumerate(names)).rstrip())
    print("# " + "  ".join("." * width for width in widths))
    print("#")


local = sum(total(accesses, 3) for _, accesses in LINES) + HIDDEN_LOCAL
remote = sum(total(accesses, 2) for _, accesses in LINES) + HIDDEN_REMOTE
print(BAR)
print("            Trace Event Information              ")
print(BAR)
for name, count in (
    ("Total records", 58210), ("Locked Load/Store Operations", 1290), ("Load Operations", 41020), ("Loads - uncacheable", 0),
    ("Load Local HITM", local), ("Load Remote HITM", remote), ("Store Operations", 17190), ("Unable to parse data source", 0),
):
    print(f"  {name:<34}: {count:>10}")
print()
print(BAR)
print("                 c2c details                     ")
print(BAR)
print("  Events                            : cpu/mem-loads,ldlat=30/P")
print("                                    : cpu/mem-stores/P")
print("  Cachelines sort on                : Total HITMs")
print("  Cacheline data grouping           : offset,iaddr")
print()
print(BAR)
print("           Shared Data Cache Line Table          ")
print(BAR)
print("#")
widths = [5, 18, 4, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]
table(
    [("", 1), ("----------- Cacheline ----------", 3), ("Tot", 1), ("------- Load Hitm -------", 3), ("Total", 1), ("Total", 1), ("Total", 1),
     ("--------- Stores --------", 3)],
    ["Index", "Address", "Node", "PA cnt", "Hitm", "Total", "LclHitm", "RmtHitm", "records", "Loads", "Stores", "L1Hit", "L1Miss", "N/A"],
    widths, {0},
)
for index, (address, accesses) in enumerate(LINES):
    lcl, rmt, hit, miss, records = (total(accesses, at) for at in (3, 2, 4, 5, 6))
    cells = [index, address, 0, 1, f"{(lcl + rmt) * 100 / (local + remote):.2f}%", lcl + rmt, lcl, rmt, records, records - hit - miss, hit + miss,
             hit, miss, 0]
    print("  " + "  ".join(str(cell).rjust(width) for cell, width in zip(cells, widths)))
print()
print(BAR)
print("      Shared Cache Line Distribution Pareto      ")
print(BAR)
print("#")
widths = [5, 7, 7, 7, 7, 7, 18, 4, 6, 18, 8, 8, 8, 7, 8, 42, 17, 15, 4]
table(
    [("", 1), ("----- HITM -----", 2), ("------- Store Refs ------", 3), ("--------- Data address ---------", 3), ("", 1),
     ("---------- cycles ----------", 3), ("Total", 1), ("cpu", 1), ("", 1), ("Shared           ", 1), ("", 2)],
    ["Num", "RmtHitm", "LclHitm", "L1 Hit", "L1 Miss", "N/A", "Offset", "Node", "PA cnt", "Code address", "rmt hitm", "lcl hitm", "load", "records",
     "cnt", "Symbol", "Object", "Source:Line", "Node"],
    widths, {15, 16, 17, 18},
)
percent = lambda part, whole: f"{part * 100 / whole:.2f}%" if whole else "0.00%"
for index, (address, accesses) in enumerate(LINES):
    lcl, rmt, hit, miss = (total(accesses, at) for at in (3, 2, 4, 5))
    print("  " + "-" * 71)
    print("  " + "  ".join(str(cell).rjust(width) for cell, width in zip([index, rmt, lcl, hit, miss, 0, address], widths)))
    print("  " + "-" * 71)
    for offset, code, remote_hitm, local_hitm, l1_hit, l1_miss, records, cpus, symbol, shared, source, nodes in accesses:
        cells = ["", percent(remote_hitm, rmt), percent(local_hitm, lcl), percent(l1_hit, hit), percent(l1_miss, miss), "0.00%", offset, 0, 1, code,
                 620 if remote_hitm else 0, 310 if local_hitm else 0, 205, records, cpus]
        row = "  ".join(str(cell).rjust(width) for cell, width in zip(cells, widths))
        texts = "  ".join(text.ljust(width) for text, width in zip([symbol, shared, source, nodes], widths[15:]))
        print("  " + row + "  " + texts.rstrip())
    print()
