import assert from 'node:assert/strict';

/** Two workers that are there at once, each with an account. */
export function meet(own: string, other: string): void {
  it('has an account that no other worker has', async () => {
    const { value: account } = await broker.lease('accounts');
    await browser.url(`data:text/html,<h1>${account.user}</h1>`);
    assert.equal(await $('h1').getText(), account.user);
    assert.notEqual(account.user, await exchange('user', account.user));
    // Neither gives it back before both have compared.
    await exchange('compared', true);
  });

  async function exchange(what: string, mine: unknown): Promise<unknown> {
    await broker.set(`${own} ${what}`, mine, { ttl: 'run' });
    let theirs: unknown;
    while (theirs === undefined) theirs = await broker.get(`${other} ${what}`);
    return theirs;
  }
}
