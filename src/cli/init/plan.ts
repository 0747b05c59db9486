import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BROKER_CONFIG } from './broker-config.ts';
import { jest } from './jest.ts';
import { type Manifest, manifestOf } from './manifest.ts';
import { patchOf } from './patch.ts';
import { playwright } from './playwright.ts';
import type { Runner } from './runner.ts';
import { Source } from './source.ts';
import { ByHand } from './syntax.ts';
import { vitest } from './vitest.ts';
import { wdio } from './wdio.ts';

const RUNNERS: readonly Runner[] = [vitest, jest, playwright, wdio];

/** A file to write. `before`: what it has to hold still; undefined of one that is not there yet. */
export interface Change {
  file: string;
  before: Buffer | undefined;
  after: string;
}

/** What a project lacks. Nothing of it is done. */
export interface Plan {
  changes: readonly Change[];
  /** All changes, as `patch -p1` takes them. */
  patch: string;
  /** The files that have the broker already. */
  there: readonly string[];
  /** Sentences on what is left to the person. */
  byHand: readonly string[];
}

/** `brokerConfig`: the project's, where there is one. */
export function planFor(directory: string, brokerConfig: string | undefined): Plan {
  const project = manifestOf(directory);
  const changes: Change[] = [];
  const there: string[] = [];
  const byHand: string[] = [];
  for (const runner of RUNNERS) {
    const step = stepFor(runner, directory, project);
    if (!step) continue;
    if ('there' in step) there.push(step.there);
    else if ('byHand' in step) byHand.push(step.byHand);
    else changes.push(step);
  }
  // Without a runner a config is of no use.
  if (changes.length + there.length + byHand.length > 0) {
    if (brokerConfig === undefined) changes.push({ ...BROKER_CONFIG, before: undefined });
    else there.push(relative(directory, brokerConfig));
  }
  return { changes, patch: changes.map(patchOf).join(''), there, byHand };
}

type Step = Change | { there: string } | { byHand: string };

/** Undefined where the project does not use the runner. */
function stepFor(runner: Runner, directory: string, project: Manifest): Step | undefined {
  const declared = project.packages.has(runner.package);
  for (const file of runner.files) {
    const path = join(directory, file);
    if (!existsSync(path)) continue;
    // Others are the runner's by what is in them.
    let isOurs = declared || !/^(package|vite)\./.test(file);
    try {
      const before = contentOf(path);
      if (!isUtf8(before)) throw new ByHand('it is not UTF-8');
      const source = new Source(file, before.toString());
      if (runner.owns && !runner.owns(source, declared)) continue;
      isOurs = true;
      if (runner.isThere(source)) return { there: file };
      runner.edit(source);
      const after = source.edited;
      // Seen as the next run will see it, so that this one is the last that changes anything.
      if (!runner.isThere(new Source(file, after))) throw new ByHand('its shape is not known');
      return { file, before, after };
    } catch (error) {
      if (!(error instanceof ByHand)) throw error;
      if (!isOurs) continue;
      const place = error.line === undefined ? file : `${file}:${error.line}`;
      return { byHand: `${place} is left to you: ${error.message}. ${runner.byHand(file)}` };
    }
  }
  return declared ? withoutConfig(runner, directory, project) : undefined;
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ByHand(`it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function withoutConfig(runner: Runner, directory: string, { workspaces }: Manifest): Step {
  const { name, files, lists, fresh } = runner;
  const list = lists?.find((file) => existsSync(join(directory, file)));
  if (fresh && !list && !workspaces) {
    return { file: fresh.file, after: fresh.text, before: undefined };
  }
  const why = list
    ? `${list} lists configs of their own`
    : `there is no ${files[0]!.replace(/\w+$/, '*')} here`;
  return { byHand: `${name} is left to you: ${why}. ${runner.byHand(files[0]!)}` };
}
