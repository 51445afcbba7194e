/** Colours of series (viz/style/series.css) in an order in which neighbours are easy to tell apart. */
const order = [0, 2, 4, 3, 5, 9, 6, 1, 7, 8];

/** Class that gives the n-th phase its colour; after ten they begin anew. */
export function phaseColour(index: number): string {
  return `series-${order[index % order.length] ?? 0}`;
}
