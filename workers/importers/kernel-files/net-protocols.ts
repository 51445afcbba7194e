import { NSTAT, protocolSeries } from '../../../model/net-series.ts';
import type { KernelFile } from './kernel-file.ts';
import { sentenceKey } from './netstat-sentences.ts';

const pairedLines = /^(\w+): [A-Za-z]\w*(?: \w+)*\n\1: -?\d/m;
/** Values that are not counts: a limit, an algorithm, connections open now. */
const gauges = /^(?:RtoAlgorithm|RtoMin|RtoMax|MaxConn|CurrEstab|Forwarding|DefaultTTL)$/;

/** Two lines a protocol, keys above values; the order of keys differs between kernels, so only names count. */
export const netSnmp: KernelFile = {
  id: '/proc/net/{snmp,netstat}',
  path: /^\/proc\/(?:\d+\/|self\/)?net\/(?:snmp|netstat)$/,
  content: (text) => pairedLines.test(text.slice(0, 16384)),
  read(text, out) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    for (let at = 0; at < lines.length; at += 2) {
      const [protocol = '', ...keys] = (lines[at] ?? '').trim().split(/\s+/);
      const [again, ...values] = (lines[at + 1] ?? '').trim().split(/\s+/);
      if (again !== protocol || keys.length !== values.length) {
        out.skip();
        // The pair is out of step by a line: look on from the next one.
        at--;
        continue;
      }
      keys.forEach((key, i) => {
        const name = protocolSeries(protocol.slice(0, -1), key);
        if (gauges.test(key)) out.gauge(name, 'count', Number(values[i]));
        else out.cumulative(name, 'count', Number(values[i]));
      });
    }
  },
};

/** `netstat -s`: the same counts as sentences, a section a protocol. */
export const netstatText: KernelFile = {
  id: 'netstat -s',
  content: (text) => /^Tcp:\n\s+\d+ active connection/m.test(text),
  read(text, out) {
    let protocol = '';
    for (const line of text.split('\n')) {
      const section = /^(\w+):$/.exec(line)?.[1];
      if (section !== undefined) {
        protocol = section;
        continue;
      }
      const plain = /^\s+(\w+): (\d+)$/.exec(line);
      const sentence = /^\s+(\d+) (.+)$/.exec(line);
      if (plain !== null) {
        out.cumulative(protocolSeries(protocol, plain[1] as string), 'count', Number(plain[2]));
        continue;
      }
      const key = sentence === null ? undefined : sentenceKey(protocol, sentence[2] as string);
      if (key !== undefined) out.cumulative(protocolSeries(protocol, key), 'count', Number(sentence?.[1]));
    }
  },
};

const nstatLine = /^(Tcp|TcpExt|Ip|IpExt|Udp|UdpLite|Icmp|IcmpMsg|MPTcpExt)([A-Z]\w*)\s+(\d+)\s+[\d.]+$/;

/** nstat(8): `TcpExtListenOverflows  12  0.0`. */
export const nstat: KernelFile = {
  id: 'nstat',
  content: (text) => /^#(?:kernel|\d+)/.test(text) && /^(?:Ip|Tcp)\w+\s+\d+\s+[\d.]+$/m.test(text),
  read(text, out) {
    for (const line of text.split('\n')) {
      const found = nstatLine.exec(line.trim());
      if (found !== null) {
        const name = protocolSeries(found[1] as string, found[2] as string);
        out.gauge(NSTAT + name, 'count', Number(found[3]));
      } else if (line.trim() !== '' && !/^(?:#|\w+\s+\d+\s+[\d.]+$)/.test(line.trim())) out.skip();
    }
  },
};
