/** `0x0001`, `1024`, `(((0x0000 | 0x0001) + 1) << 1)`: numbers, parentheses, |, +, − and shifts, a sign before the first. Undefined for anything else. */
export function evaluate(text: string): number | undefined {
  const tokens = text.match(/0x[0-9a-f]+|\d+|<<|[()|+-]/gi) ?? [];
  let at = 0;
  const value = (): number => {
    const token = tokens[at++];
    if (token === '-') return -value();
    if (token === '(') {
      const inner = expression();
      at++;
      return inner;
    }
    return Number(token);
  };
  const expression = (): number => {
    let result = value();
    while (at < tokens.length && tokens[at] !== ')') {
      const operator = tokens[at++];
      const right = value();
      if (operator === '|') result |= right;
      else if (operator === '+') result += right;
      else if (operator === '-') result -= right;
      else if (operator === '<<') result <<= right;
      else return Number.NaN;
    }
    return result;
  };
  const result = expression();
  return Number.isNaN(result) ? undefined : result;
}
