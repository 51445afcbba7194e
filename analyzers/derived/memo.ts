/** What `make` makes of a number, made once for each: labels of rows repeat for hundreds of thousands of them. */
export function memo<Result>(make: (key: number) => Result): (key: number) => Result {
  const made = new Map<number, Result>();
  return (key) => {
    let result = made.get(key);
    if (result === undefined) {
      result = make(key);
      made.set(key, result);
    }
    return result;
  };
}
