/** Files people hand over that hold a capture in a form that must be turned into text first. */
interface KnownFormat {
  readonly name: string;
  readonly matches: (head: Uint8Array) => boolean;
  readonly hint: string;
}

const knownFormats: readonly KnownFormat[] = [
  {
    name: 'a perf.data file',
    matches: startsWith('PERFILE2', '2ELIFREP'),
    hint: 'turn it into text where it was recorded: perf script --header -i perf.data > perf.txt',
  },
  { name: 'an ELF program', matches: startsWith('\x7fELF'), hint: 'give the capture, not the program' },
  { name: 'a zip archive', matches: startsWith('PK\x03\x04'), hint: 'unpack it and give the files' },
  { name: 'an lz4 file', matches: startsWith('\x04\x22\x4d\x18'), hint: 'decompress it first: lz4 -d FILE' },
  { name: 'an SVG or HTML page', matches: looksLikeMarkup, hint: 'give the capture it was drawn from' },
  {
    name: 'a two-column differential',
    matches: (head) => /^(?:[^\n;]*;[^\n]* \d+ \d+\n){2,}/.test(text(head, 65_536)),
    hint: 'give the two profiles it was made from',
  },
];

/** Name and hint of a format that is recognised but not read, if the bytes are one. */
export function recognise(head: Uint8Array): { name: string; hint: string } | undefined {
  const known = knownFormats.find((format) => format.matches(head));
  if (known !== undefined) return known;
  const sample = head.subarray(0, 4096);
  const binary = sample.filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length;
  if (binary * 20 <= sample.length) return undefined;
  return { name: 'binary', hint: 'vtune formats lists what can be read' };
}

function startsWith(...signatures: string[]): (head: Uint8Array) => boolean {
  return (head) => signatures.some((signature) => text(head, signature.length) === signature);
}

function looksLikeMarkup(head: Uint8Array): boolean {
  return /^\s*<(?:\?xml|!doctype|svg|html)/i.test(text(head, 200));
}

function text(head: Uint8Array, length: number): string {
  return Buffer.from(head.subarray(0, length)).toString('latin1');
}
