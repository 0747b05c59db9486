import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { Project } from '../project.ts';
import { NEWEST, OLDEST } from './run.ts';

let project: Project;
afterEach(() => project.remove());

// Each evaluates its config three times: in the main process, and in two workers.
test.each([
  ['the line that it prints', 'waits.config.mjs', NEWEST],
  ['the lease of the config', 'leases.config.mjs', NEWEST],
  ['the lease of the config', 'leases.config.mjs', OLDEST],
])(
  'under `ephemeral-broker run`, tests find a webServer on a leased port by %s: %s, %s',
  async (_, config, version) => {
    const installed = await installation(...version);
    const cli = join(installed.directory, 'node_modules', 'ephemeral-broker', 'dist', 'cli.js');
    project = await Project.copy('playwright-web-server', { ...installed, command: cli });
    // As npm links it, for npx.
    const bin = join(project.directory, 'node_modules', '.bin');
    await mkdir(bin, { recursive: true });
    await symlink(cli, join(bin, 'ephemeral-broker'));

    const { node, command } = installed;
    const started = project.start(['run', '--', node, command, 'test', `--config=${config}`]);
    expect(await started.ended, started.output).toBe(0);
    expect(started.output).toContain('2 passed');
    const events = (await project.journal()).filter(({ type }) => /grant|^end/.test(type));
    expect(events).toMatchObject([
      { type: 'grant', resources: [{ pool: 'ports' }] },
      { type: 'end', reason: 'disconnected' },
    ]);
  },
);
