const MOST_SWEEPS = 60;

/**
 * Eigenvalues of a symmetric matrix (n × n, row by row), largest first, by cyclic Jacobi rotations
 * (Golub & Van Loan, Matrix Computations, 8.5). O(n³) a sweep, a handful of sweeps.
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const a = matrix.slice();
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) off = Math.max(off, Math.abs(a[p * n + q] as number));
    }
    if (off <= 1e-12 * scale) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, n, p, q);
    }
  }
  return Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number).sort((x, y) => y - x);
}

/** Makes a[p][q] zero. */
function rotate(a: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [akp, akq] = [a[k * n + p] as number, a[k * n + q] as number];
    a[k * n + p] = c * akp - s * akq;
    a[k * n + q] = s * akp + c * akq;
  }
  for (let k = 0; k < n; k++) {
    const [apk, aqk] = [a[p * n + k] as number, a[q * n + k] as number];
    a[p * n + k] = c * apk - s * aqk;
    a[q * n + k] = s * apk + c * aqk;
  }
}
