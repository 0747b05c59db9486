// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text, some of it of templates

/**
 * Seeded bugs, as plain data: `find` is in `file` once, and with `replace` in its place at least one
 * of `tests` must fail. `bug` says what the product would do.
 */
const of = (file, tests, list) =>
  list.map(([bug, find, replace]) => ({ bug, file, find, replace, tests }));

const protocol = (noun, list) =>
  of(`src/protocol/${noun}.ts`, [`src/protocol/${noun}.test.ts`], list);
const core = (noun, list, tests = [`src/core/${noun}.test.ts`]) =>
  of(`src/core/${noun}.ts`, tests, list);

const LEASES = ['src/core/leases.test.ts'];
const MODEL = ['src/core/leases.model.test.ts'];

export const MUTANTS = [
  ...protocol('frames', [
    [
      'takes a line after a fault',
      'if (this.#stopped) return;\n      start = end + 1;',
      'start = end + 1;',
    ],
    [
      'takes lines after a stop',
      'this.#line(line);\n        if (this.#stopped) return;',
      'this.#line(line);',
    ],
    ['loses an empty line before a fault', 'fault.start > 0', 'fault.start > 1'],
    ['loses good lines before a fault', '!fault || fault.start > 0', '!fault'],
    ['does not cap half lines', 'if (bytes > this.maxLineBytes) {', 'if (bytes < 0) {'],
    [
      'caps half lines one byte early',
      'if (bytes > this.maxLineBytes) {',
      'if (bytes >= this.maxLineBytes) {',
    ],
    [
      'counts characters, not bytes',
      'end - start > this.maxLineBytes',
      'bytes.toString("utf8", start, end).length > this.maxLineBytes',
    ],
    ['lets bad UTF-8 through', '!isUtf8(bytes.subarray(start, end))', 'start < 0'],
    ['misses a cap raised within a chunk', 'this.maxLineBytes > cap', 'this.maxLineBytes < 0'],
    [
      'keeps half a line in a buffer that is reused',
      'if (bytes > this.#rest.length) {',
      'if (this.#restBytes === 0) {\n      this.#rest = part;\n    } else if (bytes > this.#rest.length) {',
    ],
    [
      'copies a dripping line again and again',
      'Math.max(64, bytes, Math.min(2 * bytes, this.maxLineBytes))',
      'bytes',
    ],
    ['takes more memory than the cap', 'Math.min(2 * bytes, this.maxLineBytes)', '2 * bytes'],
  ]),
  ...protocol('json', [
    ['drops undefined', 'default:\n', 'default:\n      if (value === undefined) return;\n'],
    ['makes NaN null', 'if (Number.isFinite(value)) return;', 'return;'],
    ['calls toJSON', "toJSON === 'function'", "toJSON === 'none'"],
    ['flattens class instances', 'if (!isPlain(value)) throw', 'if (path === "none") throw'],
    ['drops symbol keys', 'Object.getOwnPropertySymbols(value).length > 0', 'path === "none"'],
    [
      'drops named properties of lists',
      'Object.keys(value).length > value.length',
      'path === "none"',
    ],
    [
      'refuses objects of another realm',
      'Object.getPrototypeOf(prototype) === null',
      'prototype === Object.prototype',
    ],
    ['walks a cycle for ever', '`${path}[${i}]`, depth - 1', '`${path}[${i}]`, depth'],
    ['tells a wrong path', '`${path}.${key}`', '`.${key}`'],
    [
      'takes one level too many from the wire',
      'if (maxDepth === 0) return true',
      'if (maxDepth < 0) return true',
    ],
    [
      'prints a made-up class name',
      "typeof maker === 'function' ? maker.name : ''",
      'maker?.name ?? ""',
    ],
  ]),
  ...protocol('duration', [
    ["takes '5' as a time span", '? parse(span) : span', '? Number(span) || parse(span) : span'],
    ['takes spans without end', 'ms <= MAX_DURATION_MS', 'ms <= Infinity'],
    ['takes spans below the least', '!(ms >= minMs && ', '!('],
    ["says '2 min 60 s'", 'const seconds = Math.round(ms / 1_000);', 'const seconds = ms / 1_000;'],
  ]),
  ...protocol('errors', [
    [
      'does not know an error of another realm',
      'BRAND in value',
      'Object.getPrototypeOf(value) === BrokerError.prototype',
    ],
    ['lets control characters through', 'super(printable(message))', 'super(message)'],
    ['lets marks of direction through', '\\u2028-\\u202e\\u2066-\\u2069', '\\u2028'],
    ['lets a name begin a line', "name.replace(/\\n/g, '�')", 'name'],
    ['prints the value', "'a text'", '`the text ${value}`'],
    ['suggests a name that is far', '/ 3)) + 1', '/ 1)) + 1'],
  ]),
  ...protocol('messages', [
    ['does not escape what it joins', 'JSON.stringify(error.message)', '`"${error.message}"`'],
    ['prints a foreign error', 'thrown.name : ', 'thrown.message : '],
    ['dies of a reply', "typeof message === 'string' ? message", 'true ? (message as string)'],
    ['loses the id', '`{"id":${id},"ok":${ok}`', '`{"ok":${ok}`'],
  ]),
  ...protocol('proof', [
    ['takes a reflected proof', '\\n${role}\\n', '\\n'],
    ['takes the proof of another version', '\\n${seen.version}\\n', '\\n'],
    ['takes the proof of another broker', '\\n${seen.broker}\\n', '\\n'],
    ['takes a proof with another nonce of the client', '\\n${seen.clientNonce}\\n', '\\n'],
    ['takes a proof with another nonce of the broker', '\\n${seen.brokerNonce}`', '`'],
    ['takes a proof cut short', 'a.length === b.length &&', 'b.subarray(0, a.length).equals(a) ||'],
    ['takes a nonce with a line break', '{32,128}$/', '{32,128}/'],
  ]),
  ...core('expiry', [
    [
      'expires early',
      'Math.ceil(item.deadline / this.#grainMs)',
      'Math.floor(item.deadline / this.#grainMs)',
    ],
    ['expires late', 'Math.floor(now / this.#grainMs)', 'Math.floor(now / this.#grainMs) - 1'],
    ['sweeps where nothing is', ' && this.#buckets.size > 0', ''],
    ['loses the place of one that was moved', '      last.place = item.place;\n', ''],
    ['takes out twice what was taken out', 'if (item.place === -1) return;', ''],
    ['keeps empty buckets', 'if (bucket.length === 0) this.#buckets.delete(key);', ''],
    [
      'hands over only one of a bucket',
      'for (let item = bucket?.pop(); item; item = bucket?.pop()) {',
      'const item = bucket?.pop();\n      if (item) {',
    ],
  ]),
  ...core('journal', [
    ['tells events out of order', 'slice(this.#next)', 'slice(0)'],
    ['keeps one event too many', 'this.#capacity = capacity;', 'this.#capacity = capacity + 1;'],
    [
      'takes any end for that of the lease',
      "event.type === 'end' && event.lease === lease",
      "event.type === 'end'",
    ],
  ]),
  ...core('pool', [
    [
      'puts a slot back where nobody finds it',
      'this.#floor = Math.min(this.#floor, resource.index);',
      '',
    ],
    [
      'grants the resource freed last',
      'this.#free.push(resource);',
      'this.#free.unshift(resource);',
    ],
    ['forgets that it is in use', "this.resources.every(({ state }) => state === 'free')", 'true'],
  ]),
  ...core('waiters', [
    [
      'puts who comes back last',
      'while (older && older.ticket > waiter.ticket) older = older.older;',
      '',
    ],
    [
      'leaves the one behind hanging',
      'if (waiter.newer) waiter.newer.older = waiter.older;',
      'if (waiter.newer) {}',
    ],
    [
      'counts the place from the wrong end',
      'let w = waiter.older; w; w = w.older',
      'let w = waiter.newer; w; w = w.newer',
    ],
  ]),
  ...core('explain', [
    ['prints values', 'resource: lease.resource.index,', 'resource: lease.resource.value,'],
    ['hides the holders', "${holders.join('')}", ''],
    ['lets a name begin a line', 'oneLine(pool.name)', 'pool.name'],
    [
      'names holders without end',
      '.slice(0, NAMED)\n    .map((lease) => `\\n',
      '.map((lease) => `\\n',
    ],
  ]),
  ...core('store', [
    [
      'returns expired values',
      'if (!entry || entry.deadline > this.#clock.elapsed()) return entry;',
      'if (entry) return entry;',
    ],
    ['lists expired values', 'entry.deadline <= now || ', ''],
    [
      'counts TTLs on the running clock',
      'Math.ceil(this.#clock.elapsed() + ttlMs)',
      'Math.ceil(this.#clock.running() + ttlMs)',
    ],
    [
      'counts TTLs on the wall clock',
      'Math.ceil(this.#clock.elapsed() + ttlMs)',
      'Math.ceil(this.#clock.wall() + ttlMs)',
    ],
    [
      'shortens a TTL',
      'Math.ceil(this.#clock.elapsed() + ttlMs)',
      'Math.floor(this.#clock.elapsed() + ttlMs)',
    ],
    [
      'evicts pinned values',
      'this.#remove(this.#oldest!)',
      'this.#remove(this.#entries.values().next().value!)',
    ],
    ['evicts the newest', 'this.#remove(this.#oldest!)', 'this.#remove(this.#newest!)'],
    [
      'does not count a read as use',
      'if (entry && entry !== this.#newest',
      'if (!entry && entry !== this.#newest',
    ],
    ['does not count the bytes of keys', 'Buffer.byteLength(key) + valueBytes', 'valueBytes'],
    [
      'counts characters of values',
      'const valueBytes = Buffer.byteLength(text);',
      'const valueBytes = text.length;',
    ],
    [
      'counts characters of keys',
      'const bytes = Buffer.byteLength(key);\n    if (bytes > ',
      'const bytes = key.length;\n    if (bytes > ',
    ],
    [
      'changes something, then says store_full',
      'this.#checkRoom(before, bytes, deadline === Infinity);\n    if (before) this.#remove(before);',
      'if (before) this.#remove(before);\n    this.#checkRoom(undefined, bytes, deadline === Infinity);',
    ],
    [
      'says store_full too early',
      'const items = this.#pinned - (wasPinned ? 1 : 0) + 1;',
      'const items = this.#pinned + 1;',
    ],
    ['forgets to unpin', 'this.#pinned--;', ''],
    ['repeats versions', '++this.#versions', '(before?.version ?? 0) + 1'],
    ['ignores ifAbsent', 'condition.ifAbsent && before', 'condition.ifAbsent && !this'],
    [
      'ignores ifVersion',
      'condition.ifVersion !== undefined && ',
      'condition.ifVersion === -1 && ',
    ],
    [
      'gives a counter a new time',
      'entry ? entry.deadline : this.#deadlineIn(ttlMs)',
      'this.#deadlineIn(ttlMs)',
    ],
    [
      'lengthens the life of a busy counter',
      'entry ? entry.deadline : ',
      'entry ? this.#deadlineIn(this.ttlLeft(entry)) : ',
    ],
    ['counts on texts', "typeof value !== 'number'", "typeof value === 'boolean'"],
    ['counts past exact numbers', ' || (Number.isInteger(sum) && !Number.isSafeInteger(sum))', ''],
    ['repeats the last key on the next page', 'entry.key > after', 'entry.key >= after'],
    ['never frees what has expired', '(entry) => this.#remove(entry)', '() => {}'],
  ]),
  ...core(
    'leases',
    [
      [
        'leaves leases of a session that ended',
        "for (const lease of [...session.leases.values()]) this.#end(lease, 'disconnected');",
        '',
      ],
      [
        'leaves waits of a session that ended',
        "for (const waiter of session.waits) this.#drop(waiter, 'disconnected');",
        '',
      ],
      [
        'grants to a session that ended',
        "if (session.ended) throw new BrokerError('closed', 'This session has ended.');",
        '',
      ],
      ['ends a session twice', 'if (session.ended) return;', ''],
      [
        'lets anyone use any lease',
        'const lease = session.leases.get(id);',
        'const lease = [...this.#pools.values()].flatMap((pool) => pool.resources).find((r) => r.lease?.id === id)?.lease;',
      ],
      [
        'does not say why a lease was lost',
        'const end = this.#journal.lastEnd(id);',
        "const end = undefined as ReturnType<Journal['lastEnd']>;",
      ],
      ['repeats tokens', '++this.#tokens', '(this.#tokens += 0.5) | 0'],
      [
        'expires leases by the wall clock',
        'const now = this.#clock.running();\n    this.#held',
        'const now = this.#clock.wall() - 1_800_000_000_000;\n    this.#held',
      ],
      [
        'expires leases while the broker stood',
        'const now = this.#clock.running();\n    this.#held',
        'const now = this.#clock.elapsed();\n    this.#held',
      ],
      ['does not renew', 'this.#held.move(lease, this.#clock.running() + lease.ttlMs);', ''],
      ['forgets the TTL of a renewal', 'if (ttlMs !== undefined) lease.ttlMs = ttlMs;', ''],
      [
        'does not expire leases',
        "this.#held.sweep(now, (lease) => this.#end(lease, 'expired'));",
        '',
      ],
      ['never times out', 'this.#waits.sweep(now, (waiter) => this.#timeOut(waiter));', ''],
      [
        'waits though told not to',
        'if (wish.timeoutMs === 0 && !waiter.checking) this.#timeOut(waiter);\n    else',
        'if (wish.timeoutMs < 0) this.#timeOut(waiter);\n    else',
      ],
      [
        'gives "now or never" no time for its check',
        'if (wish.timeoutMs > 0) this.#waits.add(waiter);',
        'this.#waits.add(waiter);',
      ],
      ['tells a wrong place', 'waiter.checking ? 0 : waiter.pool.waiters.before(waiter)', '0'],
      [
        'takes waiters without end',
        'this.#waiting.size >= this.#limits.maxWaiters',
        'this.#waiting.size < 0',
      ],
      [
        'makes locks without end',
        'this.#implicit.size >= this.#limits.maxImplicitPools',
        'this.#implicit.size < 0',
      ],
      [
        'takes names without end',
        'Buffer.byteLength(name) > this.#limits.maxKeyBytes',
        'name.length > this.#limits.maxKeyBytes',
      ],
      [
        'keeps locks that nobody uses',
        'pool.idle) this.#implicit.delete(pool.name);',
        'pool.idle) this.#implicit.size;',
      ],
      [
        'forgets the new lock with the old one',
        'this.#implicit.get(pool.name) === pool && pool.idle',
        'pool.idle',
      ],
      [
        'waits for a pool with nothing in it',
        'if (pool.resources.length > 0) return pool;',
        'if (pool.resources.length >= 0) return pool;',
      ],
      [
        'lets those who wait hang on stop',
        "for (const waiter of this.#waiting) this.#refuse(waiter, 'stopped', stopping());",
        '',
      ],
      ['takes requests while it stops', 'if (this.#stopping) throw stopping();', ''],
      ['takes a second answer', 'if (answered) return;', ''],
      [
        'grants what a check found unusable',
        'if (usable) {\n        if (waits)',
        'if (usable || waits) {\n        if (waits)',
      ],
      [
        'grants to who gave up during the check',
        'if (waits) this.#grant(waiter, resource);\n        else this.#giveBack(resource);',
        'this.#grant(waiter, resource);',
      ],
      ['loses a resource when its waiter gave up', '        else this.#giveBack(resource);\n', ''],
      ['does not cool', 'this.#clock.running() + RECHECK_MS', 'this.#clock.running()'],
      [
        'never looks again at what cooled',
        'this.#cooling.sweep(now, (resource) => this.#giveBack(resource));',
        '',
      ],
      ['recurses over a large pool', 'if (asking) return;', ''],
      ['tells holders of their own release', "reason !== 'released' && ", ''],
      ['tells no holder of its loss', 'session.lost(lease, reason);', 'lease.id;'],
    ],
    LEASES,
  ),
  // The same kind of bug, for the model alone: it must not need the examples.
  ...of('src/core/pool.ts', MODEL, [
    [
      '(model) grants one resource twice',
      'return this.#free.shift();',
      'return this.#free.length > 1 ? this.#free.shift() : this.#free[0];',
    ],
    [
      '(model) puts a resource back twice',
      'this.#free.push(resource);',
      'this.#free.push(resource, resource);',
    ],
    [
      '(model) puts a slot back where nobody finds it',
      'this.#floor = Math.min(this.#floor, resource.index);',
      '',
    ],
    [
      '(model) forgets a lock in use',
      "this.resources.every(({ state }) => state === 'free')",
      'true',
    ],
  ]),
  ...of('src/core/waiters.ts', MODEL, [
    ['(model) serves the newest first', 'return this.#oldest;', 'return this.#newest;'],
    [
      '(model) puts who comes back last',
      'while (older && older.ticket > waiter.ticket) older = older.older;',
      '',
    ],
    [
      '(model) puts who comes back first',
      'while (older && older.ticket > waiter.ticket) older = older.older;',
      'if (older && older.ticket > waiter.ticket) older = undefined;',
    ],
  ]),
  ...of('src/core/expiry.ts', MODEL, [
    [
      '(model) expires early',
      'Math.ceil(item.deadline / this.#grainMs)',
      'Math.floor(item.deadline / this.#grainMs)',
    ],
    [
      '(model) expires late',
      'Math.floor(now / this.#grainMs)',
      'Math.floor(now / this.#grainMs) - 1',
    ],
  ]),
  ...of('src/core/leases.ts', MODEL, [
    [
      '(model) leaves leases of a session that ended',
      "for (const lease of [...session.leases.values()]) this.#end(lease, 'disconnected');",
      '',
    ],
    [
      '(model) grants to a session that ended',
      "for (const waiter of session.waits) this.#drop(waiter, 'disconnected');",
      '',
    ],
    [
      '(model) lets anyone use any lease',
      'const lease = session.leases.get(id);',
      'const lease = [...this.#pools.values()].flatMap((pool) => pool.resources).find((r) => r.lease?.id === id)?.lease;',
    ],
    ['(model) repeats tokens', '++this.#tokens', '(this.#tokens += 0.5) | 0'],
    [
      '(model) expires leases while the broker stood',
      'const now = this.#clock.running();\n    this.#held',
      'const now = this.#clock.elapsed();\n    this.#held',
    ],
    ['(model) does not renew', 'this.#held.move(lease, this.#clock.running() + lease.ttlMs);', ''],
    ['(model) forgets the TTL of a renewal', 'if (ttlMs !== undefined) lease.ttlMs = ttlMs;', ''],
    ['(model) wakes nobody on a release', '    this.#pass(resource.pool);\n', ''],
    [
      '(model) wakes nobody after a failed check',
      '      this.#pass(pool);\n      if (waiter.wish',
      '      if (waiter.wish',
    ],
    ['(model) never times out', 'this.#waits.sweep(now, (waiter) => this.#timeOut(waiter));', ''],
    [
      '(model) loses a resource when its waiter gave up',
      '        else this.#giveBack(resource);\n',
      '',
    ],
    [
      '(model) grants to who gave up during the check',
      'if (waits) this.#grant(waiter, resource);\n        else this.#giveBack(resource);',
      'this.#grant(waiter, resource);',
    ],
    [
      '(model) keeps locks that nobody uses',
      'pool.idle) this.#implicit.delete(pool.name);',
      'pool.idle) this.#implicit.size;',
    ],
    [
      '(model) never looks again at what cooled',
      'this.#cooling.sweep(now, (resource) => this.#giveBack(resource));',
      '',
    ],
    [
      '(model) takes waiters without end',
      'this.#waiting.size >= this.#limits.maxWaiters',
      'this.#waiting.size < 0',
    ],
    [
      '(model) gives "now or never" no time for its check',
      'if (wish.timeoutMs > 0) this.#waits.add(waiter);',
      'this.#waits.add(waiter);',
    ],
  ]),
];
