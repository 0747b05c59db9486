/**
 * Makes `await using` work where `Symbol.asyncDispose` is missing: the vm realms of test runners.
 * Compilers fall back to the same registered symbol, so both ends agree.
 */
if (!Symbol.asyncDispose) {
  Object.defineProperty(Symbol, 'asyncDispose', { value: Symbol.for('Symbol.asyncDispose') });
}
