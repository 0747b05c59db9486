import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { broker, clientOf, directory, inTerminal, inTerminalShell, jobShell, node } from './cli.ts';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';
const CTRL_BACKSLASH = '\u001c';
/** To the screen of full-screen programs, and back from it. */
const ENTERED = '\u001b[?1049h';
const LEFT = '\u001b[?1049l';

// Windows has terminals of another kind.
describe.runIf(process.platform !== 'win32')('in a terminal', () => {
  describe('status --watch', () => {
    test('draws one screen in a terminal of 40 columns', async () => {
      const client = await clientOf(await broker({ pools: { ['p'.repeat(60)]: ['a'] } }));
      await client.lease('p'.repeat(60), { purpose: { test: 't'.repeat(200) } });
      const watching = inTerminal(40, 10, 'status', '--watch', '--every', '50ms');
      await watching.says('Held: 1');
      watching.type(CTRL_C);
      const { code, out } = await watching.end;
      expect(code).toBe(130);
      expect(out).toContain(ENTERED);
      expect(out).toContain(LEFT);
      const screen = out.split('\u001b[H')[1]!.split('\u001b[J')[0]!;
      const lines = screen.split('\r\n').map((line) => line.replaceAll('\u001b[K', ''));
      expect(lines.length).toBeLessThanOrEqual(10);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    });

    test('gives the terminal back where it is halted, and takes it anew where it goes on', async () => {
      await broker({ pools: { one: ['a'] } });
      const shell = jobShell();
      shell.type('$cli status --watch --every 50ms\n');
      await shell.says('0 of 1 held');
      shell.type(CTRL_Z);
      await shell.says('Stopped');
      expect(shell.out.lastIndexOf(LEFT)).toBeGreaterThan(shell.out.lastIndexOf(ENTERED));
      shell.type('fg\n');
      await shell.says(ENTERED, 2);
      shell.type(CTRL_C);
      await shell.says(LEFT, 2);
      shell.type('echo "code $?"; exit\n');
      await shell.says('code 130');
      await shell.end;
    });

    test('draws anew when the terminal changes its size', async () => {
      await broker({ pools: { ['p'.repeat(60)]: ['a'] } });
      const script =
        '(until [ -e "$GO" ]; do sleep 0.05; done; stty cols 20 </dev/tty) & exec "$@"';
      const watching = inTerminalShell(
        `GO='${join(directory, 'go')}'; ${script}`,
        ...['status', '--watch', '--every', '1h'],
      );
      await watching.says('0 of 1 held');
      writeFileSync(join(directory, 'go'), '');
      await watching.says(`${'p'.repeat(17)}…`);
      watching.type(CTRL_C);
      await watching.end;
    });

    test('prints plain lines where the terminal can do no more', async () => {
      await broker({ pools: { one: ['a'] } });
      const watching = inTerminalShell(
        'TERM=dumb exec "$@"',
        'status',
        '--watch',
        '--every',
        '50ms',
      );
      await watching.says('0 of 1 held', 2);
      watching.type(CTRL_C);
      expect((await watching.end).out).not.toContain('\u001b');
    });

    test('gives the terminal back also where Ctrl-\\ ends it', async () => {
      await broker();
      const watching = inTerminal(80, 24, 'status', '--watch');
      await watching.says('none');
      watching.type(CTRL_BACKSLASH);
      const { code, out } = await watching.end;
      expect(code).toBe(131);
      expect(out).toContain(LEFT);
    });
  });

  describe('Ctrl-C', () => {
    test.each([
      ['run', ['run']],
      ['lease', ['lease', 'accounts']],
    ])('under %s is the command’s to answer, each time', async (name, args) => {
      const started =
        name === 'run' ? undefined : await broker({ pools: { accounts: ['a', 'b'] } });
      const program = `
      let times = 0;
      process.on('SIGINT', () => {
        console.log('interrupt ' + ++times);
        if (times === 2) process.exit(9);
      });
      console.log('ready');
      setInterval(() => {}, 1000);`;
      const running = inTerminal(80, 24, ...args, ...node(program));
      await running.says('ready');
      running.type(CTRL_C);
      await running.says('interrupt 1');
      running.type(CTRL_C);
      expect((await running.end).code).toBe(9);
      if (!started) return;
      expect((await (await clientOf(started)).pools())[0]).toMatchObject({ held: 0 });
    });

    test('ends a wait for a lease', async () => {
      const client = await clientOf(await broker({ pools: { one: ['a'] } }));
      await client.lease('one');
      const waiting = inTerminal(80, 24, 'lease', 'one', ...node(''));
      await expect.poll(async () => (await client.status()).totals.waiters).toBe(1);
      waiting.type(CTRL_C);
      expect((await waiting.end).code).toBe(130);
      await expect.poll(async () => (await client.status()).totals.waiters).toBe(0);
    });

    test.each([
      ['the terminal', ''],
      ['a pipe', '</dev/null'],
    ])('comes to the command once, also with %s for its input', async (_, redirection) => {
      // The number of times is the exit code.
      const program = `
      let times = 0;
      process.on('SIGINT', () => {
        if (++times === 1) setTimeout(() => process.exit(times), 500);
      });
      console.log('ready');
      setInterval(() => {}, 1000);`;
      const running = inTerminalShell(`exec "$@" ${redirection}`, 'run', ...node(program));
      await running.says('ready');
      running.type(CTRL_C);
      expect((await running.end).code).toBe(1);
    });
  });

  test('Ctrl-\\ is the command’s to answer, too', async () => {
    const program =
      "process.on('SIGQUIT', () => process.exit(7)); console.log('ready'); setInterval(() => {}, 1000);";
    const running = inTerminal(80, 24, 'run', ...node(program));
    await running.says('ready');
    running.type(CTRL_BACKSLASH);
    expect((await running.end).code).toBe(7);
  });

  test('Ctrl-Z halts lease and its command, and both go on', async () => {
    const client = await clientOf(await broker({ pools: { one: ['a'] } }));
    const program = `
      process.on('SIGCONT', () => console.log('goes on'));
      process.stdin.once('data', (typed) => { console.log('read ' + typed); process.exit(7); });
      console.log('has it');`;
    writeFileSync(join(directory, 'command.mjs'), program);
    const shell = jobShell();
    shell.type('$cli lease one -- node command.mjs\n');
    await shell.says('has it');
    shell.type(CTRL_Z);
    await shell.says('Stopped');
    expect((await client.pools())[0]).toMatchObject({ held: 1 });
    shell.type('fg\n');
    await shell.says('goes on');
    shell.type('this\n');
    await shell.says('read this');
    shell.type('echo "code $?"; exit\n');
    await shell.says('code 7');
    await shell.end;
    await expect.poll(async () => (await client.pools())[0]).toMatchObject({ held: 0 });
  });
});
