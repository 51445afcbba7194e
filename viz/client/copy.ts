import { announce } from './dom.ts';

/** Copies text and says so on the button; where the clipboard is closed, selects nothing and says that. */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  const before = button.textContent;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyBySelection(text);
  }
  button.textContent = done ? 'copied' : 'press Ctrl-C';
  announce(button.textContent);
  setTimeout(() => {
    button.textContent = before;
  }, 1500);
}

/** The way that works for pages opened from a file. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
