import { writeFileSync } from 'node:fs';

/** @typedef {{ file: string, name: string, passed: boolean, errors: { name: string, message: string }[], meta: import('vitest').TaskMeta }} Result */
/** @typedef {{ tests: Result[], others: string[] }} Results `others`: what went wrong outside of tests. */

/** Writes the results to the file that `SHOP_RESULTS` names, and nothing to the screen. */
export default class DemoReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly { message: string }[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    const tests = modules.flatMap(({ children, relativeModuleId }) =>
      [...children.allTests()].map((test) => {
        const { state, errors = [] } = test.result();
        return {
          file: relativeModuleId.replace('tests/', ''),
          name: test.fullName,
          passed: state === 'passed',
          errors: errors.map(({ name = 'Error', message }) => ({ name, message })),
          meta: test.meta(),
        };
      }),
    );
    const others = [...modules.flatMap((module) => module.errors()), ...unhandled];
    /** @type {Results} */
    const results = { tests, others: others.map(({ message }) => message) };
    writeFileSync(String(process.env.SHOP_RESULTS), JSON.stringify(results));
  }
}
