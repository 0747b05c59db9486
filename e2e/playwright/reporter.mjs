import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** Writes each attempt of each test with all of its steps; Playwright's JSON reporter leaves out those in fixtures. */
export default class {
  #attempts = [];
  #errors = [];

  onTestEnd(test, { status, errors, annotations, steps, retry, workerIndex }) {
    const [, project, , ...titles] = test.titlePath();
    this.#attempts.push({
      name: (project && `[${project}] `) + titles.join(' > '),
      status,
      retry,
      workerIndex,
      message: errors.map(textOf).join('\n'),
      // Playwright 1.50 tells those of the test, not of the attempt.
      annotations: (annotations ?? test.annotations).map(
        ({ type, description }) => `${type}: ${description}`,
      ),
      steps: titlesOf(steps),
    });
  }

  onError(error) {
    this.#errors.push(textOf(error));
  }

  onEnd() {
    const report = { attempts: this.#attempts, errors: this.#errors };
    writeFileSync('report.json', JSON.stringify(report));
  }

  printsToStdio() {
    return false;
  }
}

const textOf = ({ message, value }) => stripVTControlCharacters(message ?? value);

/** Nested ones with those around them, as `outer > inner`. */
const titlesOf = (steps, outer = '') =>
  steps.flatMap((step) => [
    outer + step.title,
    ...titlesOf(step.steps, `${outer}${step.title} > `),
  ]);
