export function svgRoot(): SVGSVGElement {
  return document.documentElement as unknown as SVGSVGElement;
}

/** A word to click, ending at x; returns its width. */
export function addButton(text: string, x: number, y: number, act: () => void): number {
  const button = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  button.setAttribute('class', 'button');
  button.setAttribute('x', String(x));
  button.setAttribute('y', String(y));
  button.setAttribute('tabindex', '0');
  button.setAttribute('role', 'button');
  button.textContent = text;
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    act();
  });
  button.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') act();
  });
  svgRoot().append(button);
  return button.getBBox().width;
}
