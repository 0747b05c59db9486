const { isFree } = require('./held.js');

let lease;

describe('what a test leases', () => {
  beforeEach(async () => {
    if (expect.getState().currentTestName.includes('in a hook')) {
      lease = await broker.lease('test', { timeout: 0 });
    }
  });

  afterEach(() => {
    if (lease) expect(lease.held).toBe(true);
  });

  test('in its body', async () => {
    lease = await broker.lease('test', { timeout: 0 });
  });

  test('in a hook', async () => {
    expect(lease.held).toBe(true);
    expect(await isFree('test')).toBe(false);
  });

  test('FAILS by throwing', async () => {
    lease = await broker.lease('test', { timeout: 0 });
    throw new Error('thrown');
  });

  test('with done', (done) => {
    broker.lease('test', { timeout: 0 }).then((leased) => {
      lease = leased;
      done();
    }, done);
  });

  test('in a generator', function* () {
    lease = yield broker.lease('test', { timeout: 0 });
    expect(lease.held).toBe(true);
    const error = yield broker.lease('test', { timeout: 0 }).catch((caught) => caught);
    expect(error.message).toContain("test 'what a test leases in a generator'");
  });

  test('is freed at its end, however it ends', async () => {
    lease = undefined;
    expect(await isFree('test')).toBe(true);
  });

  test('cannot be leased by what is left of it', async () => {
    setTimeout(() => {
      late = broker.lease('test').catch((error) => error);
    }, 50);
  });
  let late;

  test('after its end', async () => {
    lease = undefined;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await late).message).toContain('has ended: nothing more can be leased for it');
  });
});

describe('what beforeAll leases', () => {
  let all;
  beforeAll(async () => {
    all = await broker.lease('all', { timeout: 0 });
  });

  for (const n of [1, 2]) {
    test(`is held in all tests (${n})`, () => {
      expect(all.held).toBe(true);
      expect(all.value).toBe('all');
    });
  }
  afterAll(() => expect(all.held).toBe(true));
});

describe.each(['file', 'worker'])('scope: %s', (scope) => {
  const ids = new Set();
  test.each([1, 2])('is the same for all tests (%i)', async () => {
    const [one, two] = await Promise.all([
      broker.lease(scope, { scope, timeout: 0 }),
      broker.lease(scope, { scope }),
    ]);
    expect(two.id).toBe(one.id);
    ids.add(one.id);
    expect(ids.size).toBe(1);
  });
});
