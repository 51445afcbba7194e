import type { FlamePanel } from './flame-panel.ts';

/** What the page tells of itself at `window.vtune`, for tests and the curious. */
export interface Figures {
  /** Milliseconds from navigation to the first drawing. */
  readonly ready: number;
  readonly panels: readonly FlamePanel[];
}

declare global {
  interface Window {
    vtune?: Figures;
  }
}
