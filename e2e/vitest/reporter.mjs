import { writeFileSync } from 'node:fs';

/** Writes each test's state and the messages of its errors, which Vitest's JSON reporter has by their stacks only. */
export default class {
  onTestRunEnd(modules, unhandled) {
    const tests = [];
    const errors = unhandled.map((error) => error.message);
    for (const module of modules) {
      errors.push(...module.errors().map((error) => error.message));
      for (const suite of module.children.allSuites()) {
        errors.push(...suite.errors().map((error) => error.message));
      }
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        const annotations = test.annotations().map(({ message }) => message);
        tests.push({
          name: test.fullName,
          state,
          message: errors.map((error) => error.message).join('\n'),
          annotations,
        });
      }
    }
    writeFileSync('report.json', JSON.stringify({ tests, errors }));
  }
}
