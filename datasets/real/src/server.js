'use strict';
// Small HTTP service with JSON, regex, sorting, crypto and zlib work.
const http = require('http');
const crypto = require('crypto');
const zlib = require('zlib');

const LOG_LINE = /^(\d{1,3}(?:\.\d{1,3}){3}) \S+ (\w+) \[([^\]]+)\] "(GET|POST|PUT) ([^" ]+) HTTP\/1\.[01]" (\d{3}) (\d+)$/;

function makeRows(n, seed) {
  const rows = [];
  let x = seed >>> 0;
  for (let i = 0; i < n; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    rows.push({ id: i, score: x % 10007, name: 'user-' + (x % 997), tags: ['t' + (x % 7), 't' + (x % 11)] });
  }
  return rows;
}
function compareRows(a, b) {
  return b.score - a.score || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id);
}
class Ranking {
  constructor(rows) { this.rows = rows; }
  sorted() { return this.rows.slice().sort(compareRows); }
  byTag() {
    const m = new Map();
    for (const r of this.rows) for (const t of r.tags) m.set(t, (m.get(t) || 0) + r.score);
    return [...m].sort((a, b) => b[1] - a[1]);
  }
}
function makeLog(n) {
  let s = '';
  for (let i = 0; i < n; i++)
    s += `10.0.${i % 256}.${(i * 7) % 256} - alice [10/Oct/2025:13:55:${10 + (i % 50)} +0000] "GET /item/${i} HTTP/1.1" ${i % 9 ? 200 : 404} ${i * 13}\n`;
  return s;
}
const LOG = makeLog(300);
const SMALL = JSON.stringify(makeRows(200, 7));

function parseLog(text) {
  const counts = Object.create(null);
  let bytes = 0;
  for (const line of text.split('\n')) {
    const m = LOG_LINE.exec(line);
    if (!m) continue;
    counts[m[6]] = (counts[m[6]] || 0) + 1;
    bytes += Number(m[7]);
  }
  return { counts, bytes };
}
function handleSort(url) {
  const r = new Ranking(makeRows(1500, url.length * 7919));
  return { top: r.sorted().slice(0, 20), tags: r.byTag() };
}
function handleJson() {
  const rows = JSON.parse(SMALL);
  for (const r of rows) r.name = r.name.toUpperCase();
  return { rows: rows.filter(r => r.score % 2) };
}
function handleLog() { return parseLog(LOG); }
function handleHash(url) {
  let h = url;
  for (let i = 0; i < 40; i++) h = crypto.createHash('sha256').update(h).update(SMALL.slice(0, 4096)).digest('hex');
  return { h, mac: crypto.createHmac('sha1', 'k').update(h).digest('base64') };
}
const routes = { '/sort': handleSort, '/json': handleJson, '/log': handleLog, '/hash': handleHash };

const server = http.createServer(function onRequest(req, res) {
  const path = req.url.split('?')[0];
  if (path === '/zip') {
    res.setHeader('content-encoding', 'gzip');
    return zlib.gzip(SMALL, { level: 4 }, (e, buf) => res.end(e ? '' : buf));
  }
  if (path === '/zipsync') return res.end(zlib.deflateSync(SMALL, { level: 2 }));
  const h = routes[path];
  if (!h) { res.statusCode = 404; return res.end('no'); }
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify(h(req.url)));
});
server.listen(8088, '127.0.0.1', () => console.log('pid', process.pid));
