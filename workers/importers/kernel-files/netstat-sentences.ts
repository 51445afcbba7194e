/** Sentences of netstat(8) and the counts they tell; net-tools of all ages, its old spellings too (statistics.c). */
const sentences: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  Tcp: [
    [/^active connections? openings?$/, 'ActiveOpens'],
    [/^passive connection openings?$/, 'PassiveOpens'],
    [/^failed connection attempts?$/, 'AttemptFails'],
    [/^connection resets? received$/, 'EstabResets'],
    [/^segments received$/, 'InSegs'],
    [/^segments sen[dt] out$/, 'OutSegs'],
    [/^segments retransmitt?ed$/, 'RetransSegs'],
    [/^bad segments received\.?$/, 'InErrs'],
    [/^resets sent$/, 'OutRsts'],
  ],
  TcpExt: [
    [/^times the listen queue of a socket overflowed$/, 'ListenOverflows'],
    [/^SYNs to LISTEN sockets (?:dropped|ignored)$/, 'ListenDrops'],
    [/^other TCP timeouts$/, 'TCPTimeouts'],
    [/^fast retransmits$/, 'TCPFastRetrans'],
    [/^retransmits in slow start$/, 'TCPSlowStartRetrans'],
    [/^retransmits lost$/, 'TCPLostRetransmit'],
    [/^packets pruned from receive queue(?: because of socket buffer overrun)?$/, 'PruneCalled'],
    [/^connections aborted due to memory pressure$/, 'TCPAbortOnMemory'],
  ],
};

/** Kernel's key of `12 segments retransmited` in section `Tcp`; undefined for what is not needed. */
export function sentenceKey(protocol: string, sentence: string): string | undefined {
  return sentences[protocol]?.find(([pattern]) => pattern.test(sentence))?.[1];
}
