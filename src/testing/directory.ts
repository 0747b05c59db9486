import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** An empty one for the current test, by a name short enough for a socket in it. */
export let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));
