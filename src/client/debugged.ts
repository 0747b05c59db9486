/** Of leases under a debugger: a process that stands at a breakpoint renews nothing, and is to keep what it has. */
export const DEBUG_TTL_MS = 86_400_000;

/** Whether this process was started to be debugged: by Node's own flags, or by an editor's. */
export function isForDebugging(): boolean {
  const { NODE_OPTIONS = '', VSCODE_INSPECTOR_OPTIONS } = process.env;
  return (
    VSCODE_INSPECTOR_OPTIONS !== undefined ||
    /--inspect(-brk|-wait)?(?=[=\s]|$)/.test(`${process.execArgv.join(' ')} ${NODE_OPTIONS}`)
  );
}

/** Whether a debugger could stop it now. Costs a millisecond the first time, which by an import everyone would pay. */
export const isDebugged = (): boolean =>
  process.getBuiltinModule('node:inspector').url() !== undefined || isForDebugging();
