import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { netCount, type Span } from '../derived/net/tcp-counts.ts';
import { settingsRead } from '../derived/settings.ts';
import { wilsonInterval } from '../stats/wilson.ts';

/** Heuristics: below the first fine, above the second worth a look, above the third bad. */
const [FINE, LOOK, BAD] = [0.001, 0.01, 0.03];
/** Segments below which a ratio says nothing. */
const FEWEST = 1000;

const spanCaveats: Readonly<Record<Span, string | undefined>> = {
  'between copies': undefined,
  'since boot':
    'of one copy: counts are since boot (or since the namespace was made), so a bad hour drowns in good weeks; copy twice to see now',
  'one nstat':
    'of one call of nstat: since boot at its first call, since the call before at later ones; nstat -az prints since boot',
};

export function retransmitFinding(context: Context): Finding[] {
  const sent = netCount(context, 'Tcp', 'OutSegs');
  const again = netCount(context, 'Tcp', 'RetransSegs');
  if (sent === undefined || again === undefined) return [];
  const enough = sent.value >= FEWEST;
  const ratio = again.value / Math.max(1, sent.value);
  const { low, high } = wilsonInterval(Math.min(1, ratio), Math.max(1, sent.value));
  const timeouts = netCount(context, 'TcpExt', 'TCPTimeouts');
  const byTimer =
    timeouts === undefined || again.value === 0
      ? ''
      : `; ${formatCount(timeouts.value)} timeouts for ${formatCount(again.value)} retransmissions`;
  const severity = !enough
    ? 'note'
    : ratio > BAD
      ? 'critical'
      : ratio > LOOK
        ? 'warning'
        : ratio > FINE
          ? 'note'
          : 'ok';
  return [
    {
      id: 'network/tcp/retransmits',
      severity,
      claim: enough
        ? `${formatShare(ratio)} of what TCP sent was sent again, ${sent.span}${byTimer}`
        : `Not enough data for a ratio of retransmissions: ${formatCount(sent.value)} segments were sent, ${sent.span}`,
      share: Math.min(1, ratio),
      confidence: {
        n: sent.value,
        low,
        high,
        why: enough
          ? 'losses come in bursts, so the true interval is wider'
          : `not enough data: fewer than ${formatCount(FEWEST)} segments`,
      },
      evidence: [
        {
          label: 'counts of TCP',
          section: 'network/tcp/counts',
          selection: {},
          formula: `${sent.span === 'between copies' ? 'ΔRetransSegs' : 'RetransSegs'} ${formatCount(again.value)} ÷ ${sent.span === 'between copies' ? 'ΔOutSegs' : 'OutSegs'} ${formatCount(sent.value)} = ${formatShare(ratio)}; below 0.1 % fine, above 1 % look, above 3 % bad (heuristics)`,
        },
      ],
      actions:
        enough && ratio > FINE
          ? [
              {
                text: 'See which peers lose: a path, a card or a full queue',
                run: 'ss -tinm state established | grep -B1 retrans; ethtool -S eth0 | grep -iE "drop|err|crc"; tc -s qdisc',
                risk: 'none',
              },
            ]
          : [],
      caveats: [
        ...(spanCaveats[sent.span] === undefined ? [] : [spanCaveats[sent.span] as string]),
        'OutSegs counts a segment that the card splits once, so the ratio of packets on the wire is lower',
      ],
    },
  ];
}

/** Full accept queues are no loss of the network: the program is slow to accept, or the queue too short. */
export function listenFinding(context: Context): Finding[] {
  const overflows = netCount(context, 'TcpExt', 'ListenOverflows');
  if (overflows === undefined) return [];
  const said = context.derive(settingsRead).get('/proc/sys/net/core/somaxconn');
  const was = said !== undefined && /^\d+$/.test(said) ? said : undefined;
  const since = overflows.span !== 'between copies';
  const found = overflows.value > 0;
  return [
    {
      id: 'network/tcp/listen-overflows',
      severity: !found ? 'ok' : since ? 'note' : 'warning',
      claim: found
        ? `${formatCount(overflows.value)} connections met a full accept queue, ${overflows.span}: the program or its backlog, not the network`
        : `No connection met a full accept queue, ${overflows.span}`,
      share: 0,
      confidence: { n: overflows.n, low: 0, high: 1, why: 'counted by the kernel', bounds: true },
      evidence: [
        {
          label: 'counts of TCP',
          section: 'network/tcp/counts',
          selection: {},
          formula: `ListenOverflows ${formatCount(overflows.value)} ${overflows.span}`,
        },
      ],
      actions: found
        ? [
            {
              text: 'Find the socket whose Recv-Q reaches its Send-Q; raise somaxconn and the backlog the program asks for (it must listen again)',
              run: 'ss -ltn; sysctl -w net.core.somaxconn=4096',
              undo: `sysctl -w net.core.somaxconn=${was ?? '128   # the value before was not captured'}`,
              verify: 'nstat -az TcpExtListenOverflows',
              persist: 'echo net.core.somaxconn=4096 > /etc/sysctl.d/90-somaxconn.conf',
              risk: 'low',
              setting: {
                path: '/proc/sys/net/core/somaxconn',
                value: '4096',
                ...(was === undefined ? {} : { was }),
              },
            },
          ]
        : [],
      caveats: spanCaveats[overflows.span] === undefined ? [] : [spanCaveats[overflows.span] as string],
    },
  ];
}
