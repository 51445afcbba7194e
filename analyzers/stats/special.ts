/** Special functions the distributions are made of; checked against R in test/stats. */

/** Lanczos coefficients for g = 7, n = 9 (Godfrey 2001): relative error below 1e-14 for positive x. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const t = shifted + 7.5;
  let sum: number = lanczos[0];
  for (let i = 1; i < lanczos.length; i++) sum += (lanczos[i] as number) / (shifted + i);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

const TINY = 1e-300;
const PRECISION = 1e-15;
const MOST_TERMS = 10_000;

/** Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges quickly on the near side of the mean only.
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return result;
}

/** Regularised upper incomplete gamma function Q(a, x): series below the mean, continued fraction above (DLMF 8.9, 8.11). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < MOST_TERMS && Math.abs(term) > Math.abs(sum) * PRECISION; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let result = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const term = -n * (n - a);
    b += 2;
    d = term * d + b;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = b + term / c;
    if (Math.abs(c) < TINY) c = TINY;
    result *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return front * result;
}

/** ψ(x) = d/dx ln Γ(x), x > 0: recurrence up to 8, then the asymptotic series (DLMF 5.11.2). */
export function digamma(x: number): number {
  let value = 0;
  let at = x;
  for (; at < 8; at++) value -= 1 / at;
  const square = 1 / (at * at);
  return (
    value +
    Math.log(at) -
    1 / (2 * at) -
    square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
  );
}

/** ψ′(x), x > 0, in the same way. */
export function trigamma(x: number): number {
  let value = 0;
  let at = x;
  for (; at < 8; at++) value += 1 / (at * at);
  const square = 1 / (at * at);
  return (
    value +
    1 / at +
    square / 2 +
    (square / at) * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square * (1 / 30 - square * (5 / 66)))))
  );
}

/** The x > 0 with ψ′(x) = y, by Newton's method on 1/ψ′ (Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004), appendix). */
export function trigammaInverse(y: number): number {
  if (y > 1e7) return 1 / Math.sqrt(y);
  if (y < 1e-6) return 1 / y;
  let x = 0.5 + 1 / y;
  for (let step = 0; step < 60; step++) {
    const value = trigamma(x);
    const change = (value * (1 - value / y)) / tetragamma(x);
    x += change;
    if (Math.abs(change) < 1e-12 * x) break;
  }
  return x;
}

/** ψ″(x), x > 0. */
function tetragamma(x: number): number {
  let value = 0;
  let at = x;
  for (; at < 8; at++) value -= 2 / at ** 3;
  const square = 1 / (at * at);
  return (
    value -
    square -
    square / at -
    square * square * (1 / 2 - square * (1 / 6 - square * (1 / 6 - square * (3 / 10))))
  );
}
