const listeners: (() => void)[] = [];
const preference = matchMedia('(prefers-color-scheme: dark)');
preference.addEventListener('change', () => tell());

/** Dark when chosen so on this page or an earlier one, else as the system prefers. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen === undefined ? preference.matches : chosen === 'dark';
}

export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

export function startTheme(button: HTMLElement | null): void {
  const kept = stored();
  if (kept !== undefined) document.documentElement.dataset.theme = kept;
  if (button === null) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem('vtune-theme', next);
    } catch {
      // Pages opened from a file may have no storage: the choice lasts as long as the page.
    }
    tell();
  });
}

function stored(): string | undefined {
  try {
    const value = localStorage.getItem('vtune-theme');
    return value === 'dark' || value === 'light' ? value : undefined;
  } catch {
    return undefined;
  }
}

function tell(): void {
  for (const listener of listeners) listener();
}
