import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path below the repository's root. */
export function repo(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Peers' test data, beside the repository where it is to be had; tests that use it skip without it. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`../../../shared/fixtures/${path}`, import.meta.url));
}

export const hasFixtures: boolean = existsSync(fixture('INDEX.md'));
