'use strict';
// Workload of node.cpuprofile: three hot functions of clearly different weight.
function spectralNorm(n) {
  const u = new Float64Array(n).fill(1), v = new Float64Array(n);
  const a = (i, j) => 1 / (((i + j) * (i + j + 1)) / 2 + i + 1);
  for (let k = 0; k < 6; k++) {
    for (let i = 0; i < n; i++) { let s = 0; for (let j = 0; j < n; j++) s += a(i, j) * u[j]; v[i] = s; }
    u.set(v);
  }
  return u[0];
}
function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
class Tokenizer {
  constructor(text) { this.text = text; }
  count() {
    const m = new Map();
    for (const w of this.text.match(/[a-z]+/g)) m.set(w, (m.get(w) || 0) + 1);
    return m.size;
  }
}
function buildText(n) {
  const parts = [];
  for (let i = 0; i < n; i++) parts.push('w' + ((i * 7919) % 1009).toString(36).replace(/[0-9]/g, 'x'));
  return parts.join(' ');
}
const parseAndSort = s => JSON.parse(s).sort((x, y) => x.k - y.k || x.i - y.i);
function main() {
  let out = 0;
  const rows = JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ i, k: (i * 48271) % 997 })));
  for (let r = 0; r < 60; r++) {
    out += spectralNorm(900);
    out += fibonacci(28);
    out += new Tokenizer(buildText(8000)).count();
    out += parseAndSort(rows)[0].i;
  }
  console.log(out);
}
main();
