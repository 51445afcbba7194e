import { Random } from '../../analyzers/stats/random.ts';

/** What runs during one stretch of time. */
export interface Stretch {
  readonly seconds: number;
  /** Functions and how much of the time each takes. */
  readonly functions: Readonly<Record<string, number>>;
}

/** perf script text of one thread, samples at random functions of the stretch they fall into. */
export function timedSamples(stretches: readonly Stretch[], hz: number, seed = 1): string {
  const random = new Random(seed);
  const lines: string[] = [];
  const whole = stretches.reduce((sum, { seconds }) => sum + seconds, 0);
  for (let i = 0; i < whole * hz; i++) {
    const at = i / hz;
    let end = 0;
    const stretch = stretches.find(({ seconds }) => {
      end += seconds;
      return at < end - 1e-9;
    });
    const functions = Object.entries(stretch?.functions ?? {});
    let left = random.next() * functions.reduce((sum, [, share]) => sum + share, 0);
    const name = functions.find(([, share]) => {
      left -= share;
      return left < 0;
    })?.[0];
    lines.push(
      `app 100/100 [000] ${(50 + at).toFixed(6)}: ${Math.round(1e9 / hz)} cpu-clock: `,
      `\t    1000 ${name ?? 'main'}+0x1 (/usr/bin/app)`,
      '\t    2000 main+0x10 (/usr/bin/app)',
      '',
    );
  }
  return `${lines.join('\n')}\n`;
}
