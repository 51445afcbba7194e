import type { Metric } from '../../model/metric.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { netCount } from '../derived/net/tcp-counts.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { listenFinding, retransmitFinding } from './tcp-findings.ts';

/** Counts shown beside the ratio, and what each says. */
export const tcpKeys = [
  ['Tcp', 'OutSegs', 'segments sent; one that the card splits counts once'],
  ['Tcp', 'RetransSegs', 'segments sent again'],
  ['TcpExt', 'TCPTimeouts', 'retransmission timers that ran out: nothing came back'],
  ['TcpExt', 'TCPFastRetrans', 'sent again because later segments were acknowledged'],
  ['TcpExt', 'TCPSlowStartRetrans', 'sent again after a timeout'],
  ['TcpExt', 'TCPLostRetransmit', 'sent again and lost again'],
  ['TcpExt', 'TCPSynRetrans', 'SYNs sent again'],
  ['TcpExt', 'TCPSpuriousRtxHostQueues', 'not sent again: still in a queue of this host'],
  ['TcpExt', 'ListenOverflows', 'connections refused because a queue of listen() was full'],
  ['TcpExt', 'ListenDrops', 'connections refused while listening, for any reason'],
  ['TcpExt', 'TCPBacklogDrop', 'segments dropped: the backlog of a socket was full'],
  ['TcpExt', 'TCPRcvQDrop', 'segments dropped: no room in the receive queue'],
  ['TcpExt', 'PruneCalled', 'receive queues cut for lack of memory'],
  ['TcpExt', 'TCPAbortOnMemory', 'connections given up for lack of memory'],
  ['Tcp', 'InErrs', 'segments received damaged'],
  ['Tcp', 'OutRsts', 'resets sent'],
  ['Tcp', 'EstabResets', 'connections reset'],
] as const;

/** How much of what was sent had to be sent again, and why. */
export const tcpRetransmits = defineAnalyzer({
  id: 'network/tcp',
  question: 'How much of what TCP sent had to be sent again?',
  needs: [
    {
      missing: 'copies of /proc/net/snmp and /proc/net/netstat',
      captureWith:
        'for m in before after; do for f in snmp netstat; do cat /proc/net/$f > $m@proc@net@$f; done; sleep 60; done',
      met: (_, context) => netCount(context, 'Tcp', 'OutSegs') !== undefined,
    },
  ],
  metrics: [
    {
      id: 'tcp.retransmit_ratio',
      unit: 'share',
      labels: [],
      about:
        'ΔRetransSegs ÷ ΔOutSegs between the first and the last copy; of a single copy since boot. Of the network namespace that was copied.',
    },
    {
      id: 'tcp.count',
      unit: 'count',
      labels: ['key'],
      about: "The kernel's counts behind it, over the same time.",
    },
  ],
  run(context) {
    const counts = tcpKeys.flatMap(([protocol, key, about]) => {
      const count = netCount(context, protocol, key);
      return count === undefined ? [] : [{ key, about, count }];
    });
    return {
      metrics: [
        ...ratioMetric(context),
        ...counts.map(({ key, count }) => ({
          id: 'tcp.count',
          labels: { key },
          value: count.value,
          unit: 'count' as const,
          better: 'lower' as const,
          n: count.n,
        })),
      ],
      findings: [...retransmitFinding(context), ...listenFinding(context)],
      sections: [
        {
          kind: 'table',
          id: 'network/tcp/counts',
          title: 'What TCP counted',
          note: 'Of the network namespace that was copied: a container has its own.',
          columns: [
            { name: 'count', unit: 'text' },
            { name: 'value', unit: 'count' },
            { name: 'over', unit: 'text' },
            { name: 'readings', unit: 'count' },
            { name: 'what it says', unit: 'text' },
          ],
          rows: counts.map(({ key, about, count }) => ({
            cells: [key, count.value, count.span, count.n, about],
          })),
          of: counts.length,
        },
      ],
    };
  },
});

function ratioMetric(context: Context): Metric[] {
  const sent = netCount(context, 'Tcp', 'OutSegs');
  const again = netCount(context, 'Tcp', 'RetransSegs');
  if (sent === undefined || again === undefined || !(sent.value > 0)) return [];
  const { low, high } = wilsonInterval(Math.min(1, again.value / sent.value), sent.value);
  return [
    {
      id: 'tcp.retransmit_ratio',
      labels: {},
      value: again.value / sent.value,
      unit: 'share',
      better: 'lower',
      n: sent.value,
      low,
      high,
    },
  ];
}
