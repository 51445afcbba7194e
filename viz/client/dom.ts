type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An element with attributes and children. Text only ever becomes text nodes. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

export function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}

/** Tells screen readers, politely. */
export function announce(text: string): void {
  const live = byId('announce');
  if (live !== null) live.textContent = text;
}

/** Runs at most once per frame, with the latest arguments. */
export function oncePerFrame<A extends readonly unknown[]>(work: (...args: A) => void): (...args: A) => void {
  let latest: A | undefined;
  return (...args) => {
    const scheduled = latest !== undefined;
    latest = args;
    if (scheduled) return;
    requestAnimationFrame(() => {
      const now = latest as A;
      latest = undefined;
      work(...now);
    });
  };
}
