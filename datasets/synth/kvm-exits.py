#!/usr/bin/env python3
"""A trace.dat of version 6 with exits and entries of a made-up guest, for kernels whose module emits none.

Formats are the running kernel's own; records are packed by them. Usage: kvm-exits.py OUT
"""
import re, struct, sys

root = '/sys/kernel/tracing/events'


def text(path):
    with open(path, 'rb') as file:
        return file.read()


class Event:
    def __init__(self, name):
        self.name = name
        self.body = text(f'{root}/kvm/{name}/format')
        own = self.body.decode()
        self.id = int(re.search(r'^ID: (\d+)', own, re.M)[1])
        self.fields = {
            name: (int(offset), int(size))
            for name, offset, size in re.findall(r'field:.*?(\w+)(?:\[\d+\])?;\s*offset:(\d+);\s*size:(\d+);', own)
        }

    def record(self, **values):
        end = max(offset + size for offset, size in self.fields.values())
        data = bytearray((end + 3) // 4 * 4)
        for name, value in {'common_type': self.id, 'common_pid': 401, **values}.items():
            offset, size = self.fields[name]
            data[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, 'little')
        return bytes(data)


exit_, entry, user = Event('kvm_exit'), Event('kvm_entry'), Event('kvm_userspace_exit')
# (event, ns after the one before)
reasons = [(1, 12), (1, 48), (1, 0x80000021), (1, 32), (2, 0x78), (2, 0x400), (2, 0x4E), (1, 999)]
records = []
for i, (isa, reason) in enumerate(reasons):
    records.append((20_000, entry.record(vcpu_id=i % 2, rip=0x1000)))
    records.append((5_000 + 1000 * i, exit_.record(vcpu_id=i % 2, exit_reason=reason, isa=isa, guest_rip=0x1000)))
    for errno, why in ((0, 2), (0, 6), (0, 5), (0, 3), (0, 99))[i : i + 1]:
        records.append((700, user.record(reason=why, errno=errno)))
page, start, at = b'', 5_000_000_000_000, 0
for delta, data in records:
    page += struct.pack('<I', delta << 5 | len(data) // 4) + data
page = struct.pack('<QQ', start, len(page)) + page
assert len(page) <= 4096
page = page.ljust(4096, b'\0')
data = b'\x17\x08\x44tracing6\0' + struct.pack('<BBI', 0, 8, 4096)
for name in ('header_page', 'header_event'):
    body = text(f'{root}/{name}')
    data += name.encode() + b'\0' + struct.pack('<Q', len(body)) + body
data += struct.pack('<II', 0, 1) + b'kvm\0' + struct.pack('<I', 3)
for event in (exit_, entry, user):
    data += struct.pack('<Q', len(event.body)) + event.body
names = b'401 CPU 0/KVM\n'
data += struct.pack('<IIQ', 0, 0, len(names)) + names + struct.pack('<I', 1)
data += b'options  \0' + struct.pack('<HI', 4, 7) + b'[mono]\0' + struct.pack('<H', 0) + b'flyrecord\0'
at = (len(data) + 16 + 4095) // 4096 * 4096
data += struct.pack('<QQ', at, 4096)
with open(sys.argv[1], 'wb') as file:
    file.write(data.ljust(at, b'\0') + page)
