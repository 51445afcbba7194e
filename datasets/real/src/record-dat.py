#!/usr/bin/env python3
"""Records events of a command into a trace.dat of version 6, from the raw pages of a tracefs instance.

For machines on which trace-cmd may not touch ftrace_enabled. The layout is that of trace-cmd.dat.v6(5).
Usage: record-dat.py OUT SYSTEM/EVENT,SYSTEM/EVENT… COMMAND…
"""
import os, struct, subprocess, sys

out, events, command = sys.argv[1], sys.argv[2].split(','), sys.argv[3:]
root = '/sys/kernel/tracing'
own = f'{root}/instances/record-dat'


def text(path):
    with open(path, 'rb') as file:
        return file.read()


def put(path, value):
    with open(path, 'w') as file:
        file.write(value)


os.mkdir(own)
try:
    put(f'{own}/trace_clock', 'mono')
    put(f'{own}/buffer_size_kb', '1024')
    for event in events:
        put(f'{own}/events/{event}/enable', '1')
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    put(f'{own}/tracing_on', '0')
    cpus = os.cpu_count()
    pages = []
    for cpu in range(cpus):
        raw = os.open(f'{own}/per_cpu/cpu{cpu}/trace_pipe_raw', os.O_RDONLY | os.O_NONBLOCK)
        own_pages = b''
        try:
            while page := os.read(raw, 4096):
                own_pages += page.ljust(4096, b'\0')
        except BlockingIOError:
            pass
        os.close(raw)
        pages.append(own_pages)
    data = b'\x17\x08\x44tracing6\0' + struct.pack('<BBI', 0, 8, 4096)
    for name in ('header_page', 'header_event'):
        body = text(f'{root}/events/{name}')
        data += name.encode() + b'\0' + struct.pack('<Q', len(body)) + body
    data += struct.pack('<I', 0)
    systems = sorted({event.split('/')[0] for event in events})
    data += struct.pack('<I', len(systems))
    for system in systems:
        names = [event for event in events if event.startswith(system + '/')]
        data += system.encode() + b'\0' + struct.pack('<I', len(names))
        for event in names:
            body = text(f'{root}/events/{event}/format')
            data += struct.pack('<Q', len(body)) + body
    data += struct.pack('<II', 0, 0)
    # Only names of tasks that were recorded: others are nobody's business.
    names = text(f'{root}/saved_cmdlines')
    names = b''.join(line for line in names.splitlines(True) if line.split(b' ')[1].strip() in (b'python3', b'dd', b'sh'))
    data += struct.pack('<Q', len(names)) + names + struct.pack('<I', cpus)
    clock = text(f'{own}/trace_clock').strip() + b'\0'
    uname = ('Linux localhost ' + os.uname().release + '\0').encode()
    data += b'options  \0'
    for number, body in ((4, clock), (5, uname)):
        data += struct.pack('<HI', number, len(body)) + body
    data += struct.pack('<H', 0) + b'flyrecord\0'
    at = (len(data) + 16 * cpus + 4095) // 4096 * 4096
    for each in pages:
        data += struct.pack('<QQ', at, len(each))
        at += len(each)
    data = data.ljust((len(data) + 4095) // 4096 * 4096, b'\0')
    with open(out, 'wb') as file:
        file.write(data + b''.join(pages))
finally:
    put(f'{own}/tracing_on', '0')
    os.rmdir(own)
