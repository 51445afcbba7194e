// Prints `N passed, N failed, N skipped` from vitest's own results; fails when there are none.
import { readFileSync } from 'node:fs';

const [file = 'test-results.json'] = process.argv.slice(2);
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  console.log(
    `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped`,
  );
  process.exitCode = success && numPassedTests > 0 ? 0 : 1;
} catch {
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
