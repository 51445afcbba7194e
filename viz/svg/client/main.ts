import { Frames } from './frames.ts';
import { readState, type State, writeState } from './state.ts';
import { addButton, svgRoot } from './svg.ts';

const frames = new Frames();
const details = document.getElementById('details');
let state: State = readState();
let focus = -1;

function show(change: Partial<State>, step = true): void {
  state = { ...state, ...change };
  frames.draw(state);
  if (step) writeState(state);
  tellSearch();
}

function tell(text: string): void {
  if (details !== null) details.textContent = text;
}

function tellSearch(): void {
  if (state.query === '') return;
  const found = frames.search(state.query, state.ignoreCase);
  tell(
    found === undefined
      ? `not a regular expression: ${state.query}`
      : `${state.query}: ${(found.share * 100).toFixed(2)} % in ${found.places} places`,
  );
}

function askSearch(): void {
  const query = prompt('Search functions (regular expression; empty clears)', state.query);
  if (query === null) return;
  show({ query });
  if (query === '') tell(' ');
}

function walk(key: string): void {
  focus = frames.neighbour(focus < 0 ? state.zoom : focus, key, state.icicle);
  frames.focus(focus);
  tell(frames.title(focus));
}

const { width } = svgRoot().viewBox.baseVal;
const buttons: readonly (readonly [string, () => void])[] = [
  ['search (Ctrl-F)', askSearch],
  ['ignore case', () => show({ ignoreCase: !state.ignoreCase })],
  ['flame / icicle', () => show({ icicle: !state.icicle })],
  ['reset zoom', () => show({ zoom: 0 })],
];
let right = width - 10;
for (const [text, act] of buttons) right -= addButton(text, right, 48, act) + 16;

svgRoot().addEventListener('click', (event) => {
  const index = frames.indexOf(event.target as Element);
  if (index >= 0) show({ zoom: index });
});
svgRoot().addEventListener('dblclick', () => show({ zoom: 0 }));
svgRoot().addEventListener('mouseover', (event) => {
  const index = frames.indexOf(event.target as Element);
  if (index >= 0) tell(frames.details(index, state.zoom));
});
svgRoot().addEventListener('mouseout', () => (state.query === '' ? tell(' ') : tellSearch()));
window.addEventListener('keydown', (event) => {
  if ((event.ctrlKey && event.key === 'f') || event.key === '/') askSearch();
  else if (event.key === 'Escape') show({ zoom: 0, query: '' });
  else if (event.key === 'Backspace') show({ zoom: frames.caller(state.zoom) });
  else if (event.key === 'Enter' && focus >= 0) show({ zoom: focus });
  else if (event.key.startsWith('Arrow')) walk(event.key);
  else return;
  event.preventDefault();
});
window.addEventListener('hashchange', () => show(readState(), false));
show({}, false);
