const SHOP = process.env.SHOP_URL;

/** Under which the broker keeps an account's session. */
export const sessionOf = ({ name }) => `session:${name}`;

/**
 * Goes to the shop as a customer whom no other test has meanwhile. Whoever holds the account is alone
 * with it: it is logged in once for all workers, and nobody races for that.
 */
export async function enter() {
  const { value: account } = await broker.lease('accounts');
  await browser.url(`${SHOP}/login`);
  const sid = await broker.get(sessionOf(account));
  if (sid) {
    await browser.setCookies({ name: 'sid', value: sid });
    await browser.url(SHOP);
  } else {
    await $('[name=name]').setValue(account.name);
    await $('[name=password]').setValue(account.password);
    await $('button=Log in').click();
    await expect($('h1')).toHaveText(`Hello, ${account.name}`);
    const [cookie] = await browser.getCookies({ name: 'sid' });
    await broker.set(sessionOf(account), cookie.value);
  }
  return account;
}

/** Puts a book into the cart, which then has so many: a click may return before its page is gone. */
export async function add(books) {
  await $('button=Add').click();
  await expect($$('li')).toBeElementsArrayOfSize(books);
}
