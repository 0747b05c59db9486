/** Runs `use`, and releases the lease however that ends. What `use` failed with says more than that its lease was lost. */
export async function during<L extends { release(): Promise<void> }, R>(
  lease: L,
  use: (lease: L) => R | Promise<R>,
): Promise<R> {
  let result: R;
  try {
    result = await use(lease);
  } catch (error) {
    await lease.release().catch(() => {});
    throw error;
  }
  await lease.release();
  return result;
}
