/** FNV-1a over bytes[start, end) with a final avalanche (Murmur3 fmix32), as a 32-bit integer. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return mix(hash);
}

/** Folds one 32-bit word into a running hash. */
export function combine(hash: number, word: number): number {
  return Math.imul((hash ^ word) + 0x9e3779b9, 0x85ebca6b) ^ (hash >>> 15);
}

/** Murmur3's final mix: every input bit reaches every output bit, so low bits can index a table. */
export function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
