/** Of leases under a debugger: a process that stands at a breakpoint renews nothing, and is to keep what it has. */
export const DEBUG_TTL_MS = 86_400_000;

/** Whether this process was started to be debugged: by Node's own flags, or by an editor's. */
export function isForDebugging(): boolean {
  const { NODE_OPTIONS = '', VSCODE_INSPECTOR_OPTIONS } = process.env;
  return (
    VSCODE_INSPECTOR_OPTIONS !== undefined ||
    /--inspect|--debug/.test(`${process.execArgv.join(' ')} ${NODE_OPTIONS}`)
  );
}

type Inspector = typeof import('node:inspector');

/** Whether a debugger could stop it now. Costs a millisecond the first time. */
export function isDebugged(): boolean {
  // Of Node 20.16 and later; what an import costs would be paid by everyone.
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => Inspector };
  return getBuiltinModule?.('node:inspector').url() !== undefined || isForDebugging();
}
