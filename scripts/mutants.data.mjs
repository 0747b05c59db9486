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

const broker = (noun, list) => of(`src/broker/${noun}.ts`, [`src/broker/${noun}.test.ts`], list);
const report = (noun, list) => of(`src/report/${noun}.ts`, [`src/report/${noun}.test.ts`], list);
const client = (noun, list) => of(`src/client/${noun}.ts`, [`src/client/${noun}.test.ts`], list);

const init = (noun, list) => of(`src/cli/init/${noun}.ts`, ['src/cli/init/'], list);

const LEASES = ['src/core/leases.test.ts'];
const MODEL = ['src/core/leases.model.test.ts'];
const RULES = ['src/core/rules.model.test.ts'];
const RETURNS = ['src/core/returns.test.ts'];
const STORIES = ['src/core/lease-rules.test.ts'];

export const MUTANTS = [
  ...of(
    'fixtures/wishes.ts',
    ['fixtures/wishes.test.ts'],
    [
      ['takes wishes as they were written', 'firstOf(a.wish) < firstOf(b.wish) ? -1 : 1', '0'],
      ['takes several by any of their pools', 'names.sort()[0]', 'names[0]'],
    ],
  ),
  ...of(
    'fixtures/jest/file.ts',
    ['fixtures/jest/file.test.ts'],
    [
      ['loses to a file what it frees itself', 'if (lease && scope !== owner)', 'if (lease)'],
      ['keeps for the worker what is for the file', 'if (asked) owner?.hold(asked);', ''],
      [
        'drops what the lines of a file declare',
        'Object.assign(this.declared, ',
        'Object.assign({}, ',
      ],
    ],
  ),
  ...of(
    'fixtures/jest/events.ts',
    ['fixtures/jest/events.test.ts'],
    [
      [
        'follows nothing in a suite',
        "if (child.type === 'describeBlock') this.#track(child, state);",
        "if (child.type === 'describeBlock') continue;",
      ],
      [
        'counts the time of a test before its turn',
        'if (run.reached) call.startClock();',
        'call.startClock();',
      ],
      ['takes any test for the one of a name', 'fullName(each) === name', 'true'],
      ['takes one of several tests of a name', 'named.length === 1', 'named.length > 0'],
    ],
  ),
  ...protocol('frames', [
    [
      'takes a line after a fault',
      'if (this.#stopped) return;\n      start = end + 1;',
      'start = end + 1;',
    ],
    [
      'takes lines after a stop',
      'this.#line(line);\n      if (this.#stopped) return;',
      'this.#line(line);',
    ],
    ['loses an empty line before a fault', 'fault.start > 0', 'fault.start > 1'],
    [
      'loses good lines before a fault',
      "if (fault.start > 0) this.#hand(bytes.toString('utf8', 0, fault.start - 1));",
      '',
    ],
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
      'BRAND in Object(value)',
      'Object.getPrototypeOf(value) === BrokerError.prototype',
    ],
    ['lets control characters through', 'super(printable(message))', 'super(message)'],
    ['lets marks of direction through', '\\u2028-\\u202e\\u2066-\\u2069', '\\u2028'],
    ['lets a name begin a line', "name.replace(/\\n/g, '�')", 'name'],
    ['prints the value', "'a text'", '`the text ${value}`'],
    ['suggests a name that is far', '/ 3)) + 1', '/ 1)) + 1'],
  ]),
  ...protocol('messages', [
    ['does not escape what it joins', 'JSON.stringify(message)', '`"${message}"`'],
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
    ['grows with what it lists', 'this.#listed > this.#capacity', 'this.#listed < 0'],
    ['keeps what it dropped as listed', 'this.#listed -= entry.list?.length ?? 0;', ''],
    ['tells events out of order', '(this.#oldest + i) % this.#capacity', 'i % this.#capacity'],
    ['keeps one event too many', 'this.#capacity = capacity;', 'this.#capacity = capacity + 1;'],
    ['forgets who was there before', 'this.#before.set(entry.session, entry.identity);', ';'],
    ['remembers who is long gone', 'this.#before.delete(entry.session);', ';'],
  ]),
  ...core('pool', [
    ['puts a slot back where nobody finds it', 'this.#floor = Math.min(this.#floor, index);', ''],
    [
      'grants the resource freed last',
      'resource.verified ? undefined : this.free.newest',
      'undefined',
    ],
    [
      'forgets that it is in use',
      'this.queues.size === 0 && this.#taken === 0',
      'this.queues.size === 0',
    ],
  ]),
  ...core('waiters', [
    [
      'puts who comes back last',
      'while (older && older.ticket > waiter.ticket) older = older.older;',
      '',
    ],
    [
      'puts who comes back first',
      'while (older && older.ticket > waiter.ticket) older = older.older;',
      'if (older && older.ticket > waiter.ticket) older = undefined;',
    ],
    ['visits the queues by age no more', 'b.ticket - a.ticket', 'a.ticket - b.ticket'],
    [
      'visits those behind one at which it should leave',
      '!visit(waiter) || !newer',
      '(visit(waiter), !newer)',
    ],
  ]),
  ...core('linked-list', [
    [
      'leaves the one behind hanging',
      'if (item.newer) item.newer.older = item.older;',
      'if (item.newer) {}',
    ],
    ['lets one that was taken out lead on', 'item.newer = undefined;', ''],
    ['counts those that are out', 'this.#size--;', ''],
  ]),
  ...core('matching', [
    ['forgets what a worker had last', "if (last?.state === 'free') yield last;", ''],
    [
      'grants what its worker had last though another has it',
      "if (last?.state === 'free')",
      'if (last)',
    ],
    [
      'keeps to the worker where the oldest is asked for',
      "prefer === 'same-worker' ? pool.lastOf",
      'prefer ? pool.lastOf',
    ],
    ['favours some at random', 'Math.floor(random() * (i + 1))', 'Math.floor(random() * i)'],
    [
      'moves no claims',
      'while (this.#augment(share)) if (resources.size === count) return true;',
      '',
    ],
    ['lets others claim what was handed over', 'Array.from(resources, taken)', '[...resources]'],
  ]),
  ...core('wait-graph', [
    [
      'waits for who only claims',
      'const found = new Set(this.#lackHeld.get(to));',
      'const found = new Set([...(this.#lackHeld.get(to) ?? []), ...(this.#lackClaimed.get(to) ?? [])]);',
    ],
    [
      'counts a wait as a deadlock',
      'if (Matching.fits(waiter, open)) stuck.delete(waiter);',
      'if (Matching.fits(waiter, open) && waiter.ticket < 0) stuck.delete(waiter);',
    ],
    [
      'tells a longer cycle',
      'const met = [start];\n  for (const waiter of met) {',
      'const met = [start];\n  for (let waiter = met.pop(); waiter; waiter = met.pop()) {',
    ],
    [
      'parks all of a pool',
      '!Matching.fits(waiter, ({ gone, lease }) => !gone && !lease?.lasting)',
      'true',
    ],
  ]),
  ...of('src/core/matching.ts', RETURNS, [
    [
      'checks by turns, for ever, what an older one would claim in part',
      'return free ? claims.map(',
      'return free && !had ? claims.map(',
    ],
    ['hands out what an older one has by then', 'had[i]!.every(FREE)', '!!had[i]'],
    [
      'shares an exclusive lock after a check',
      'pool instanceof LockPool ? admits(pool, mode, FREE) : had',
      'pool instanceof LockPool ? !!mode : had',
    ],
  ]),
  ...of('src/core/grant-pass.ts', RETURNS, [
    ['leaves out whoever waits behind others of its kind', ' || due.has(waiter.queue);', ';'],
    [
      'keeps what was checked from older ones that were served meanwhile',
      '        // Older ones may have claimed some of it.\n        again = true;\n',
      '',
    ],
  ]),
  ...of(
    'src/core/session.ts',
    ['src/core/scope.test.ts'],
    [
      ['keeps scopes for ever', 'if (scope.idle) this.#scopes.delete(scope.id);', ''],
      [
        'takes the next process of a worker for another',
        '${runner} ${worker}',
        '${runner} ${worker} ${this.identity.pid}',
      ],
      ['takes workers of all runners for one', '${runner} ${worker}', '${worker}'],
    ],
  ),
  ...of(
    'src/core/leases.ts',
    ['src/core/scope.test.ts'],
    [
      [
        'keeps the scopes of what was refused',
        'waiter.leave();\n      throw error;',
        'throw error;',
      ],
    ],
  ),
  ...core('scope', [
    [
      'forgets a scope in which something waits',
      'this.leases.size === 0 && this.open === 0',
      'this.leases.size === 0',
    ],
    ['forgets a scope with leases', 'this.leases.size === 0 && this.open === 0', 'this.open === 0'],
  ]),
  ...core('returns', [
    [
      'ignores the cooldown',
      'if (cooldownMs > 0) this.#cool(resource, cooldownMs);\n    else this.#goOn(resource);',
      'this.#goOn(resource);',
    ],
    ['ignores the reset', 'if (reset) this.#due.set(resource, after);', ''],
    [
      'frees what is being reset',
      "this.#enter(resource, 'resetting');",
      "this.#enter(resource, 'resetting');\n    this.#fates.free(resource);",
    ],
    [
      'resets before the cooldown',
      'if (reset) this.#due.set(resource, after);',
      'if (reset) { this.#due.set(resource, after); return this.#goOn(resource); }',
    ],
    [
      'resets what is retired',
      "if (after.reason === 'retired') return",
      "if (after.reason === 'retired' && !reset) return",
    ],
    ['takes what failed for reset', 'if (usable) {', 'if (usable || resource) {'],
    ['takes a second answer of a reset', 'if (answered) return;', ''],
    ['wakes nobody after a reset', 'this.#fates.settle();', ''],
    [
      'resets nothing after a failed check',
      "if (resource.pool.care.reset) this.#due.set(resource, { reason: 'released', dirty: true });",
      '',
    ],
    ['tries again and again at once', '2 ** doublings', '0 ** doublings'],
    ['tries what fails each second', '2 ** doublings', '1'],
    [
      'waits longer and longer, without end',
      'Math.min(RETRY_MS * 2 ** doublings, MAX_RETRY_MS)',
      'RETRY_MS * 2 ** doublings',
    ],
    [
      'waits longer and longer for a port',
      'tries === undefined ? 0 : resource.failures - 1',
      'resource.failures - 1',
    ],
    ['never quarantines', 'resource.failures >= tries', 'resource.failures < 0'],
    ['quarantines a try too late', 'resource.failures >= tries', 'resource.failures > tries'],
    ['tells nobody of a quarantine', 'this.#hooks.quarantined(resource);', ''],
    ['keeps what is lost to itself', 'this.#fates.gone(resource);', ''],
    [
      'keeps the way of a resource out of the journal',
      'this.#journal.entered(resource, state);',
      '',
    ],
  ]),
  ...core(
    'leases',
    [
      [
        'does not tell a reset that its resource is dirty',
        'this.#returns.back(resource, { reason, dirty });',
        'this.#returns.back(resource, { reason, dirty: false });',
      ],
      [
        'takes what an expired holder left for clean',
        "this.#end(lease, 'expired', true)",
        "this.#end(lease, 'expired', false)",
      ],
      [
        'takes what a dead holder left for clean',
        'this.#end(lease, reason, true);',
        'this.#end(lease, reason, false);',
      ],
      ['counts failures over a whole run', 'resource.failures = 0;', ''],
      [
        'retires locks',
        'throw badRequest(`A ${other.kind} cannot be retired: only the resources of pools wear out.`);',
        '',
      ],
      [
        'revokes behind the holder’s back',
        "this.#end(lease, 'revoked', true, why);",
        "lease.session.ended = true;\n    this.#end(lease, 'revoked', true, why);\n    lease.session.ended = false;",
      ],
    ],
    RETURNS,
  ),
  ...core('explain', [
    [
      'prints what is asked of attributes',
      "return names.length > 0 ? ` { ${names.join(', ')} }` : '';",
      'return JSON.stringify(pattern) + names;',
    ],
    [
      'prints the values of a pool',
      'of Object.keys(value)) names',
      'of Object.values(value)) names',
    ],
    ['names steps without end', 'const told = cycle.slice(0, NAMED)', 'const told = cycle'],
    ['counts others before one that is checked', 'if (!waiter.queue) return 0;', ''],
    ['prints values', '({ index, lease }: Resource', '({ value: index, lease }: Resource'],
    ['hides the holders', '.${state(waiter, held, now)}\\n', '.\\n'],
    ['counts those behind it as before it', 'if (other.ticket >= waiter.ticket) break;', ''],
    ['lets a name begin a line', 'oneLine(pool.name)', 'pool.name'],
    ['names holders without end', 'const lines = held\n    .slice(0, NAMED)', 'const lines = held'],
  ]),
  ...core('rate-limits', [
    ['lets a window through too early', ': barring + perMs', ': barring + perMs - 1'],
    ['lets all through', ': barring + perMs', ': now'],
    ['is a bucket of one more', '(waiting % count) - count]', '(waiting % count) - count - 1]'],
    [
      'foretells without those that wait',
      'limit.dueBehind(limit.queue.size, now)',
      'limit.dueBehind(0, now)',
    ],
    ['tells the journal of who passes at once', 'if (due > now) {', 'if (due >= now) {'],
    ['tells the journal when a pass is told, not when it is', "'passed', due - now)", "'passed')"],
    [
      'tells the journal the end of no wait for a pass',
      "if (waiter.waits) this.#journal.waitEnded(waiter.ticket, 'passed', due - now);",
      '',
    ],
    [
      'tells the journal the end of no wait that is given up',
      'this.#journal.waitEnded(waiter.ticket, reason);',
      '',
    ],
    ['tells nobody that it takes long', 'this.#slow.sweep(now,', 'this.#slow.sweep(-1,'],
    ['tells who gave up that it waits', 'this.#slow.remove(waiter);', ''],
    ['tells times as soon as they are asked for', 'if (due - now > PASS_LEAD_MS) return;', ''],
    ['tells times only when they are due', 'due - now > PASS_LEAD_MS', 'due - now > 0'],
    ['lets who gives up keep its turn', 'limit.queue.delete(waiter);', ''],
    ['counts who gave up as remembered', 'this.#remembered--;', ''],
    [
      'leaves what an ended session has waited for',
      'while (passes[0]) this.',
      'if (passes[0]) this.',
    ],
    ['stops and tells nobody', 'waiter.outcome.refused(stopping());', ''],
    ['takes requests while it stops', 'if (this.#stopping) throw stopping();', ''],
    ['takes requests of an ended session', 'session.checkOpen();', ''],
    ['gives up what has ended', 'if (!waiter.limit.queue.has(waiter)) return;', ''],
    [
      'counts the sleep of the machine, which clients have still before them',
      'const now = this.#clock.running();\n    const known',
      'const now = this.#clock.elapsed();\n    const known',
    ],
    ['forgets passes of the window', 'time + this.rate.perMs > now', 'time > now'],
    [
      'remembers a pass beyond its window',
      'time + this.rate.perMs > now);',
      'time + this.rate.perMs >= now);',
    ],
    [
      'spends what it refuses',
      'if (due - now > timeoutMs) throw',
      'limit.times.push(due);\n    if (due - now > timeoutMs) throw',
    ],
    ['refuses what is in time', 'if (due - now > timeoutMs)', 'if (due - now >= timeoutMs)'],
    ['takes another count', 'known.rate.count !== rate.count || ', ''],
    ['takes another stretch', ' || known.rate.perMs !== rate.perMs', ''],
    [
      'keeps a rate whose windows are over',
      'if (limit.deadline > now) return limit;',
      'if (limit.deadline > 0) return limit;',
    ],
    [
      'forgets a name before its last window',
      'this.#over.move(limit, due + limit.rate.perMs)',
      'this.#over.move(limit, now + limit.rate.perMs)',
    ],
    [
      'bounds no passes',
      'if (this.#remembered >= this.#bounds.maxLeases) {',
      'if (this.#remembered < 0) {',
    ],
    [
      'counts passes that are forgotten',
      'this.#remembered -= limit.forgetPast(now);',
      'limit.forgetPast(now);',
    ],
    ['counts passes of names that are forgotten', 'this.#remembered -= times.length;', ''],
    ['forgets a name in use with the one before it', 'this.#over.remove(limit);\n', ''],
    [
      'lists names whose last window is over',
      '.filter(({ deadline }) => deadline > now)',
      '.filter(({ deadline }) => deadline > 0)',
    ],
    [
      'counts past ones as waiting',
      'times.filter((time) => time > now)',
      'times.filter((time) => time >= 0)',
    ],
  ]),
  ...of(
    'src/core/explain.ts',
    ['src/core/barriers.test.ts'],
    [
      [
        'tells nobody that a holder waits at a barrier',
        "if (arrivals.length === 0) return '';",
        "return '';",
      ],
    ],
  ),
  ...of(
    'src/core/wait-graph.ts',
    ['src/core/barriers.test.ts'],
    [
      [
        'names those who wait for other resources of a pool',
        'claim.pool === resource.pool && claim.accepts(resource)',
        'claim.pool === resource.pool',
      ],
      [
        'names one request for each of its locks',
        'of new Set(lease.all.flatMap(({ pool }) => [...pool.queues.values()]))',
        'of lease.all.flatMap(({ pool }) => [...pool.queues.values()])',
      ],
    ],
  ),
  ...of(
    'src/broker/handlers/status.ts',
    ['src/broker/handlers/status.test.ts'],
    [
      [
        'tells those who wait by what they wait for, not in their order',
        '.sort((a, b) => a.ticket - b.ticket)',
        '',
      ],
      [
        'gives a resource of several as the one',
        '...(all.length === 1 ? { resource: all[0]!.index } : {})',
        'resource: all[0]!.index',
      ],
      [
        'says that less than no time is left',
        'Math.max(0, Math.round(leftMs))',
        'Math.round(leftMs)',
      ],
      ['lets a list take more than its share', 'const SHARE = 1 / 8', 'const SHARE = 1 / 4'],
      ['cuts off the first of a list', 'texts.slice(0, end)', 'texts.slice(1, end)'],
    ],
  ),
  ...core('slow-waits', [
    ['tells who waits no more', 'this.#untold.delete(waiting);\n  }\n\n', '}\n\n'],
    ['tells too early', 'now - waiting.since < NOTICE_MS', 'now < waiting.since'],
    ['tells again and again', 'this.#untold.delete(waiting);\n      tell', 'tell'],
    ['tells thousands at once', ' || left-- === 0', ''],
  ]),
  ...core('barriers', [
    [
      'tells the journal of who completes a round that it waits',
      'if (party.timeoutMs === 0) throw',
      'this.#journal.waitsAt(barrierName(party.name), ticket, session, party.purpose);\n    if (party.timeoutMs === 0) throw',
    ],
    [
      'tells the journal the end of no wait',
      'this.#journal.waitEnded(arrival.ticket, reason(arrival));',
      '',
    ],
    ['tells the journal that all of a round broke it', "each === by ? why : 'broken'", 'why'],
    ['tells nobody that it takes long', 'this.#slow.sweep(now,', 'this.#slow.sweep(-1,'],
    ['tells who has passed that it waits', 'this.#slow.remove(arrival);', ''],
    [
      'names nobody who waits for what they hold',
      'if (blocked.length > 0) {',
      'if (blocked.length < 0) {',
    ],
    ['names those without end', 'if (steps.push(step) === NAMED) break;', 'steps.push(step);'],
    [
      'lets one too few through',
      'all.length === round.parties',
      'all.length === round.parties - 1',
    ],
    ['gives all the first place', 'each.outcome.passed(place)', 'each.outcome.passed(0)'],
    ['begins no new round', 'this.#rounds.delete(round.name);', ''],
    [
      'takes another number',
      'if (known && known.parties !== party.parties)',
      'if (known && !known)',
    ],
    [
      'waits where it may not',
      'if (party.timeoutMs === 0) throw',
      'if (party.timeoutMs < 0) throw',
    ],
    [
      'lets the one that breaks it tell nobody',
      'each.outcome.refused(each === by ? own! : error)',
      'each === by && each.outcome.refused(own!)',
    ],
    ['tells all the same', 'each === by ? own! : error', 'own ?? error'],
    ['tells who has ended', 'if (!each.session.ended) each', 'each'],
    [
      'leaves what an ended session has waited for',
      'while (arrivals[0]) this.',
      'if (arrivals[0]) this.',
    ],
    ['takes arrivals of an ended session', 'session.checkOpen();', ''],
    ['breaks a round that is over', 'if (arrival.place === -1) return;', ''],
    ['times out who was served or told', 'this.#waits.remove(arrival);', ''],
    [
      'leaves waits to their sessions',
      'arrivals.splice(arrivals.indexOf(arrival), 1);',
      'arrivals.splice(arrivals.indexOf(arrival), arrivals.length > 1 ? 1 : 0);',
    ],
    [
      'breaks rounds while it stands still',
      'const now = this.#clock.running();\n    this.#waits',
      'const now = this.#clock.elapsed();\n    this.#waits',
    ],
    ['bounds no waits', 'this.#waits.size >= this.#limits.maxWaiters', 'this.#waits.size < 0'],
    ['takes arrivals while it stops', 'if (this.#stopping) throw stopping();', ''],
    ['stops and tells nobody', 'outcome.refused(stopping())', 'outcome'],
    ['names parties without end', 'arrivals.slice(0, NAMED)', 'arrivals.slice()'],
    [
      'tells the wrong number of missing ones',
      'const missing = parties - arrivals.length;',
      'const missing = parties;',
    ],
  ]),
  ...of(
    'src/broker/handlers/limits.ts',
    ['src/broker/handlers/limits.test.ts'],
    [
      [
        'waits for a pass as long as it likes',
        'timeoutOf(request, config.waitTimeoutMs)',
        'Infinity',
      ],
      ['takes any field', 'noOtherFields(request, FIELDS);', ''],
      ['takes two waits of one id', 'session.pending.check(exchange);', ''],
      ['cancels no wait', 'session.pending.add(exchange, () => rateLimits.cancel(waiter));', ''],
      ['tells fractions of milliseconds', 'Math.round(waitedMs)', 'waitedMs'],
    ],
  ),
  ...of(
    'src/broker/handlers/barriers.ts',
    ['src/broker/handlers/barriers.test.ts'],
    [
      ['takes two waits of one id', 'session.pending.check(exchange);', ''],
      ['cancels no wait', 'session.pending.add(exchange, () => barriers.cancel(arrival));', ''],
      ['takes any field', 'noOtherFields(request, FIELDS);', ''],
    ],
  ),
  ...of(
    'src/broker/session.ts',
    ['src/client/synchronizers.test.ts'],
    [
      [
        'breaks no barrier when a connection ends',
        'this.house.barriers.endSession(this.#core);',
        '',
      ],
      ['keeps the place of who has died', 'this.house.rateLimits.endSession(this.#core);', ''],
    ],
  ),
  ...of(
    'src/broker/broker.ts',
    ['src/client/synchronizers.test.ts'],
    [
      ['stops and leaves who waits at a barrier', 'this.#house.barriers.drain();', ''],
      ['lets nobody at a barrier time out', 'this.#house.barriers.sweep();', ''],
      ['stops and leaves who waits for a pass', 'this.#house.rateLimits.drain();', ''],
    ],
  ),
  ...client('synchronizers', [
    ['wakes at once', 'if (left > 0) {', 'if (left > 1e9) {'],
    ['begins to sleep when its client has closed', "this.check('', signal);", ''],
    ['has the stack of a socket', 'await traced(ask)', 'await ask()'],
  ]),
  ...of(
    'src/client/waits.ts',
    ['src/client/waits.test.ts', 'src/client/synchronizers.test.ts', 'src/client/client.test.ts'],
    [
      ['waits on when aborted', "signal?.addEventListener('abort', onAbort, { once: true });", ''],
      [
        'waits on when its client closes',
        'for (const giveUp of [...this.#waits]) giveUp(closed());',
        '',
      ],
      ['waits for a silent broker longer than it may', 'Math.min(waitMs, mostMs)', 'waitMs'],
      ['has nobody fail by what they make of an answer', 'reject(error);\n            }', '}'],
      ['takes what comes after all for wanted', 'wanted = false;\n            // When', '// When'],
      ['tells the broker of no abort', 'cancel();\n        reject(reason);', 'reject(reason);'],
      [
        'leaves its place to a broker that slept',
        'cancel();\n            reject(error);',
        'reject(error);',
      ],
      ['waits without bound', 'if (atMost !== undefined) {', 'if (atMost === 0) {'],
      ['tells nobody for whom it waits', "purpose === undefined ? ''", "purpose ? ''"],
    ],
  ),
  ...of(
    'src/broker/exchange.ts',
    ['src/broker/chain.test.ts'],
    [
      [
        'refuses who waits for middleware',
        'this.connection.hold(!this.#taken);',
        'this.connection.hold();',
      ],
    ],
  ),
  ...of(
    'src/broker/connection.ts',
    ['src/broker/connection.test.ts', 'src/broker/chain.test.ts'],
    [
      ['ends and leaves out what waits to be read', "this.#late.splice(0).join('')", "''"],
      ['cuts off what it says last', 'if (this.#ending) return;\n    if (unread', 'if (unread'],
      ['waits for a closed peer to read', "stream.on('end', () => this.end());", ''],
      [
        'stays blind when it need not wait any more',
        'if (this.#patient && !patient && !this.#choked) this.#stream.resume();',
        '',
      ],
    ],
  ),
  ...of(
    'src/protocol/json.ts',
    ['src/protocol/json.test.ts'],
    [['takes what has no text', 'if (text === undefined)', 'if (text === null)']],
  ),
  ...broker('chain', [
    ['goes on with what was given up on', 'if (!exchange.answered) {', '{'],
    ['goes on twice', "if (passed) throw new Error('next() was called twice');", ''],
    ['waits for ever', 'if (!passed) {', 'if (passed) {'],
    ['leaves who neither goes on nor refuses', 'return ended();', 'return;'],
    [
      'takes a refusal for a warning',
      'if (passed || exchange.answered) warn',
      'if (!passed || exchange.answered) warn',
    ],
    [
      'tells nobody of a second failure',
      'if (passed || exchange.answered) warn',
      'if (passed) warn',
    ],
  ]),
  ...of(
    'src/broker/session.ts',
    ['src/broker/chain.test.ts'],
    [
      [
        'leaves middleware waiting for what has ended',
        'for (const exchange of this.#inChain) exchange.fail(reason);',
        '',
      ],
    ],
  ),
  ...of(
    'src/broker/exchange.ts',
    ['src/broker/chain.test.ts'],
    [
      [
        'is blind while a request without an id waits',
        'if (this.#held && !this.#inOrder) this.connection.hold();',
        '',
      ],
      ['answers twice', 'if (this.answered) return false;', ''],
      [
        'lets later requests pass by',
        '(this.#taken && this.id !== undefined)',
        '(this.id !== undefined)',
      ],
    ],
  ),
  ...of(
    'src/broker/providers.ts',
    ['src/client/provided.test.ts'],
    [
      ['makes a value twice', 'this.#runs.set(key, run);', 'run.overtaken = false;'],
      ['makes a value never again', 'if (this.#runs.get(key) === run) this.#runs.delete(key);', ''],
      [
        'disposes of nothing',
        'if (dispose) this.#disposals.add',
        'if (!dispose) this.#disposals.add',
      ],
      ['keeps what was overtaken', 'if (run.overtaken) {', 'if (run.made === undefined) {'],
      ['hands on what was overtaken', 'if (last && !last.overtaken)', 'if (last)'],
      [
        'makes a value beside one that was overtaken',
        'last ? last.made.then(make, make) : make()',
        'make()',
      ],
      ['takes what is not kept for any size', 'this.#store.checkSize(key, text);', ''],
      ['warns of what is not there any more', 'this.#store.get(entry.key) !== entry || ', ''],
      ['warns of what the stop has ended', 'before && !this.#stop.signal.aborted', 'before'],
      ['stops and goes on making values', 'make, { stop: this.#stop.signal })', 'make, {})'],
      [
        'never makes a value ahead',
        'if (refreshMs > 0) this.#refreshMs.set(entry, refreshMs);',
        '',
      ],
      ['hammers a provider that fails', 'this.#store.putOff(entry);', ''],
      ['warns of many values', 'setMaxListeners(0, this.#stop.signal);', ''],
      ['gives up with its provider', 'this.#timeoutMs(key) + PROVIDED_GRACE_MS', '0'],
      [
        'takes anything for a value',
        'checkOptions(found, PROVISION_KEYS',
        'String([found, PROVISION_KEYS]',
      ],
    ],
  ),
  ...of(
    'src/broker/disposals.ts',
    ['src/broker/disposals.test.ts', 'src/client/provided.test.ts'],
    [
      [
        'disposes of what came meanwhile in place of what it has disposed of',
        'this.#left.splice(this.#left.lastIndexOf(last), 1);',
        'this.#left.pop();',
      ],
      ['disposes by two loops', 'this.#disposing.then(() => this.#oneByOne())', 'this.#oneByOne()'],
      ['waits for no provider at work', 'if (inTime.length === 0) return;', 'return;'],
      ['forgets what may yet come', '[...this.#left, ...this.#atWork].map', '[...this.#left].map'],
      ['keeps what comes late', 'if (this.#over) void this.#disposeOfAll();', ''],
    ],
  ),
  ...of(
    'src/broker/handlers/values.ts',
    ['src/broker/handlers/values.test.ts'],
    [
      [
        'lets what is deleted come back',
        'store.del(key);\n  overtake(key, session);',
        'store.del(key);',
      ],
    ],
  ),
  ...of(
    'src/core/leases.ts',
    ['src/core/leases.test.ts'],
    [
      [
        'tells who asked later what was made before',
        'if (waiter.ticket > lease.lastTold) continue;',
        '',
      ],
      [
        'counts the last time that it was overtaken',
        'Math.min(lease.lastTold, this.#journal.lastTicket)',
        'this.#journal.lastTicket',
      ],
    ],
  ),
  ...of(
    'src/broker/handlers/once.ts',
    ['src/client/provided.test.ts'],
    [
      [
        'has a client make what a provider is at work on',
        'if (this.session.house.extensions.providers.isAtWork(this.#key)) void this.provide(lease);\n    else super',
        'super',
      ],
      ['lets the first one wait for ever', 'leftMs, () => this.late()', '9e8, () => this.late()'],
      [
        'begins to wait anew when it is the first',
        'this.#timeoutMs - (performance.now() - this.#since)',
        'this.#timeoutMs',
      ],
      [
        'tells nobody what became of it',
        'leases.conclude(this.session.core, lease.id, result);',
        '',
      ],
    ],
  ),
  ...of(
    'src/broker/handlers/registered.ts',
    ['src/broker/handlers/registered.test.ts', 'src/client/actions.test.ts'],
    [
      ['hands on what was not checked', 'return validated.value;', 'return given;'],
      [
        'takes a schema for a function',
        "typeof Object(Object(params)['~standard']).validate === 'function'",
        "typeof params !== 'function'",
      ],
      ['begins for nobody', 'call.signal.throwIfAborted();', ''],
      [
        'is at work without bound',
        'if (atWork >= config.limits.maxWaiters) {',
        'if (atWork < 0) {',
      ],
      ['is at work for ever', '.finally(() => atWork--)', ''],
      ['sends faster than is read', 'exchange.okInTime(fields)', 'exchange.ok(fields)'],
      ['sends what no line can hold', 'if (isTooLong(field, limits)) {', 'if (!limits) {'],
      ['runs on when given up', 'signal: call.signal,', 'signal: new AbortController().signal,'],
      ['takes two calls of one id', 'session.pending.check(exchange);', ''],
      ['runs without end', 'session, timeoutMs,', 'session, 9e8,'],
    ],
  ),
  ...of(
    'src/broker/thrown.ts',
    ['src/broker/thrown.test.ts', 'src/client/provided.test.ts', 'src/client/actions.test.ts'],
    [
      ['lets a plugin speak for the broker', ' && QUALIFIED_NAME.test(code)', ''],
      ['takes anything for a code', "typeof code === 'string' && ", ''],
      ['reads a code twice', 'return own(code, ', 'return own(error.code, '],
      ['sends any details', 'if (text.length <= MAX_FAILURE)', 'if (text.length > MAX_FAILURE)'],
      [
        'takes what a getter throws for its own',
        'error instanceof BrokerError ? error : thrown(error)',
        'error',
      ],
    ],
  ),
  ...of(
    'src/broker/beside.ts',
    ['src/broker/beside.test.ts'],
    [
      ['lets the process end before it', 'if (!keepAlive) timer.unref();', 'timer.unref();'],
      ['keeps the process', 'if (!keepAlive) timer.unref();', ''],
      ['says all that it was told', '.slice(0, MAX_FAILURE)', ''],
    ],
  ),
  ...of(
    'src/broker/broker.ts',
    ['src/client/plugins.test.ts'],
    [
      [
        'leaves plugins up where it cannot listen',
        'await extensions.tearDown();\n      throw error;',
        'throw error;',
      ],
    ],
  ),
  ...of(
    'src/broker/extensions.ts',
    ['src/client/plugins.test.ts'],
    [
      ['leaves earlier plugins up', 'await this.tearDown();\n        const', 'const'],
      ['takes what comes too late', 'if (this.#stopped) throw stopping();', ''],
    ],
  ),
  ...of(
    'src/plugins/aws-sts.ts',
    ['src/plugins/aws-sts.test.ts'],
    [
      ['takes misspelt options', "checkOptions(options, OPTIONS, 'awsSts()');", ''],
      ['is always due for a refresh', '>= lifeS * 1_000', '< 0'],
      ['provides under any key', 'context.key === key', 'context.key !== undefined'],
      ['believes this machine’s clock', "Date.parse(date ?? '')", 'Date.now()'],
      [
        'hands out what has expired',
        'if (!(ttl >= 1)) throw expired',
        'if (ttl > 1e15) throw expired',
      ],
      ['has no end', '{ abortSignal }', '{}'],
    ],
  ),
  ...of(
    'src/plugins/aws-sts-error.ts',
    ['src/plugins/aws-sts.test.ts', 'src/plugins/aws-sts-error.test.ts'],
    [
      ['repeats secrets', '&& !secrets.some((text) => said.includes(text))', ''],
      ['repeats what was signed', "name !== 'SignatureDoesNotMatch' && ", ''],
      ['looks at no address', '(Object(errors[0]) as SdkError).code', 'undefined'],
    ],
  ),
  ...of(
    'fixtures/scope.ts',
    ['fixtures/scope.test.ts'],
    [
      [
        'tells long waits without the name of their test',
        'onNotice: (message: string) => console.warn(`ephemeral-broker: ${this.title}: ${message}`),',
        '',
      ],
      [
        'blames no lack of time where a limit does',
        'error.details.waitedMs ?? error.details.waitMs',
        'error.details.waitedMs',
      ],
      [
        'gives waits more time than there is',
        '...(limit === undefined ? {} : { atMost: limit }),',
        '',
      ],
      ['lets waits outlive their test', 'signal: either.signal,', 'signal,'],
    ],
  ),
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
      'this.#remove(this.#used.oldest!)',
      'this.#remove(this.#entries.values().next().value!)',
    ],
    ['evicts the newest', 'this.#remove(this.#used.oldest!)', 'this.#remove(this.#used.newest!)'],
    [
      'does not count a read as use',
      'if (entry && entry !== this.#used.newest',
      'if (!entry && entry !== this.#used.newest',
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
    ['puts off nothing', 'entry.lifeMs = this.ttlLeft(entry);', ''],
    [
      'counts what a deadline was rounded up by as life',
      'this.#put(key, text, ttlMs,',
      'this.#put(key, text, Math.ceil(ttlMs) + 0.4,',
    ],
    ['has what lives shortly always due', 'aheadMs < lifeMs ? aheadMs : lifeMs / 2', 'aheadMs'],
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
        'for (const lease of [...session.leases]) this.#end(lease, reason, true);',
        '',
      ],
      [
        'leaves waits of a session that ended',
        'for (const waiter of [...session.waits]) this.#drop(waiter, reason);',
        '',
      ],
      ['grants to a session that ended', 'session.checkOpen();', ''],
      ['ends a session twice', 'if (session.ended) return;', ''],
      [
        'lets anyone use any lease',
        'const lease = session.leases.find((each) => each.id === id);',
        'const lease = [...this.#held].find((each) => each.id === id);',
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
        "this.#held.sweep(now, (lease) => this.#end(lease, 'expired', true));",
        '',
      ],
      ['never times out', 'this.#waits.sweep(now, (waiter) => this.#timeOut(waiter));', ''],
      ['waits though told not to', 'if (timeoutMs === 0) return this.#timeOut(waiter);', ''],
      ['gives "now or never" no time for its check', 'if (waiter.checking) return;', ''],
      [
        'takes waiters without end',
        'this.#waits.size > this.#limits.maxWaiters',
        'this.#waits.size < 0',
      ],
      [
        'waits for a pool with nothing in it',
        'if (!Matching.fits(waiter, USABLE)) throw explain.unsatisfiable(waiter);',
        '',
      ],
      [
        'lets those who wait hang on stop',
        "for (const waiter of inOrder(this.#waits)) this.#refuse(waiter, 'stopped', stopping());",
        '',
      ],
      ['takes requests while it stops', 'if (this.#stopping) throw stopping();', ''],
      [
        'holds leases without end',
        'this.#held.size >= this.#limits.maxLeases',
        'this.#held.size < 0',
      ],
      ['tells holders of their own release', 'if (!own && !session.ended)', 'if (!session.ended)'],
      ['tells no holder of its loss', 'session.lost(lease, reason);', 'lease.id;'],
    ],
    LEASES,
  ),
  ...core(
    'returns',
    [
      ['does not cool', 'this.#clock.running() + ms', 'this.#clock.running()'],
      [
        'never looks again at what cooled',
        'this.#cooling.sweep(now, (resource) => this.#goOn(resource));',
        '',
      ],
    ],
    LEASES,
  ),
  // The same kind of bug, for the model alone: it must not need the examples.
  ...of('src/core/pool.ts', MODEL, [
    [
      '(model) grants one resource twice',
      'this.free.remove(resource);',
      'if (this.free.size > 1) this.free.remove(resource);',
    ],
    ['(model) never puts a resource back', 'this.putBack(resource);', ''],
    [
      '(model) puts a slot back where nobody finds it',
      'this.#floor = Math.min(this.#floor, index);',
      '',
    ],
    [
      '(model) forgets a lock in use',
      'this.queues.size === 0 && this.#taken === 0',
      'this.queues.size === 0',
    ],
  ]),
  ...of('src/core/waiters.ts', LEASES, [
    ['waits for a check for ever', 'wish.timeoutMs || NOW_MS', 'wish.timeoutMs || 1e9'],
  ]),
  ...of('src/core/waiters.ts', MODEL, [
    [
      '(model) serves the newest first',
      'this.insert(waiter, older);',
      'this.insert(waiter, undefined);',
    ],
    [
      '(model) puts who comes back last',
      'while (older && older.ticket > waiter.ticket) older = older.older;',
      '',
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
      'for (const lease of [...session.leases]) this.#end(lease, reason, true);',
      '',
    ],
    [
      '(model) grants to a session that ended',
      'for (const waiter of [...session.waits]) this.#drop(waiter, reason);',
      '',
    ],
    [
      '(model) lets anyone use any lease',
      'const lease = session.leases.find((each) => each.id === id);',
      'const lease = [...this.#held].find((each) => each.id === id);',
    ],
    ['(model) repeats tokens', '++this.#tokens', '(this.#tokens += 0.5) | 0'],
    [
      '(model) expires leases while the broker stood',
      'const now = this.#clock.running();\n    this.#held',
      'const now = this.#clock.elapsed();\n    this.#held',
    ],
    ['(model) does not renew', 'this.#held.move(lease, this.#clock.running() + lease.ttlMs);', ''],
    ['(model) forgets the TTL of a renewal', 'if (ttlMs !== undefined) lease.ttlMs = ttlMs;', ''],
    ['(model) never times out', 'this.#waits.sweep(now, (waiter) => this.#timeOut(waiter));', ''],
    [
      '(model) takes waiters without end',
      'this.#waits.size > this.#limits.maxWaiters',
      'this.#waits.size < 0',
    ],
    ['(model) gives "now or never" no time for its check', 'if (waiter.checking) return;', ''],
  ]),
  ...of('src/core/returns.ts', MODEL, [
    [
      '(model) never looks again at what cooled',
      'this.#cooling.sweep(now, (resource) => this.#goOn(resource));',
      '',
    ],
  ]),
  ...core(
    'leases',
    [
      [
        'refuses a bystander of a deadlock',
        'const cycle = cycleThrough(waiter, stuck);\n      if (!cycle) continue;',
        'const cycle = cycleThrough(waiter, stuck) ?? [];',
      ],
      ['tells nobody of a long wait', "waiter.tell('slow'", "waiter.told.has('slow'"],
      ['tells a wait that is not long', 'now - NOTICE_MS', 'now'],
      ['warns of no perhaps', "each.tell('perhaps_deadlock', () => warning);", ''],
      ['warns of it no more at the timeout', 'each.perhaps = warning;', ''],
      [
        'warns bystanders',
        'const cycle = cycleThrough(waiter, stuckAmong([waiter], true), true);\n    if (!cycle) return;',
        'const cycle = cycleThrough(waiter, stuckAmong([waiter], true), true) ?? [];',
      ],
      [
        'finds "now or never" in a deadlock',
        'if (waiter.wish.timeoutMs > 0 && waiter.holds(false)) {',
        'if (waiter.holds(false)) {',
      ],
    ],
    STORIES,
  ),
  // Who is served when, what is a deadlock, and who is told what.
  ...of('src/core/leases.ts', RULES, [
    [
      '(rules) does not test a newcomer for a deadlock',
      'if (stuck.has(waiter)) {',
      'if (stuck.size < 0) {',
    ],
    [
      '(rules) does not test for a deadlock after a grant',
      'for (const holder of lease.heldBy(false)) this.#suspects.add(holder);',
      '',
    ],
    [
      '(rules) does not test for a deadlock after a loss',
      'for (const waiter of queue) this.#suspects.add(waiter);',
      '',
    ],
    [
      '(rules) refuses one that is on no cycle',
      'const cycle = cycleThrough(waiter, stuck);\n      if (!cycle) continue;',
      'const cycle = cycleThrough(waiter, stuck) ?? [];',
    ],
    [
      '(rules) refuses the oldest on a cycle',
      '.sort((a, b) => b.ticket - a.ticket);',
      '.sort((a, b) => a.ticket - b.ticket);',
    ],
    [
      '(rules) lets those wait who wait for what is lost',
      'if (Matching.fits(queue.oldest!, USABLE)) continue;',
      'continue;',
    ],
  ]),
  ...of('src/core/matching.ts', RULES, [
    [
      '(rules) ignores reservations',
      'this.#shares.set(waiter, shares);\n    return whole;',
      'this.#shares.set(waiter, shares);\n    if (!whole) for (const { resources } of shares) for (const each of resources) this.#owners.delete(each);\n    return whole;',
    ],
    [
      '(rules) pins a reservation',
      'while (this.#augment(share)) if (resources.size === count) return true;',
      '',
    ],
    [
      '(rules) moves a claim, and forgets what it was moved from',
      'if (next) taker.resources.delete(next);',
      '',
    ],
    [
      '(rules) gives one less than was asked',
      'const { pool, count } = claim;',
      'const { pool } = claim;\n    const count = claim.count - 1 || 1;',
    ],
    ['(rules) grants a part', 'whole &&= share.filled;', 'whole = share.filled;'],
    [
      '(rules) lets shared requests overtake an exclusive one',
      'claimants.push(share);',
      "if (share.claim.mode === 'shared' || open) claimants.push(share);",
    ],
    [
      '(rules) grants an exclusive lock beside shared ones',
      "share.claim.mode === 'shared' || (!last && admits(pool, 'exclusive', this.#open))",
      "share.claim.mode === 'shared' || !last",
    ],
    [
      '(rules) shares an exclusive lock',
      "if (!admits(pool, 'shared', this.#open)) return false;",
      '',
    ],
  ]),
  ...of('src/core/wait-graph.ts', RULES, [
    [
      '(rules) makes the exception only for those who are waited for directly',
      'const found = new Set(this.#lackHeld.get(to));\n    for (const waiter of found) {',
      'const found = new Set(this.#lackHeld.get(to));\n    for (const waiter of [] as Waiter[]) {',
    ],
    [
      '(rules) makes the exception over holders only',
      'for (const each of this.#lackClaimed.get(waiter) ?? []) found.add(each);',
      '',
    ],
    ['(rules) does not see that a claim can move', 'shares.add(owner);', ''],
    [
      '(rules) sees no claims on a lock',
      'yield { claimant: claimant.waiter };\n    }\n  }',
      '}\n  }',
    ],
    [
      '(rules) counts what is lost as what comes back',
      '!gone && !(lease && keptFrom',
      '!(lease && keptFrom',
    ],
    [
      '(rules) takes the end of another worker for one that comes',
      'needsWorkersEnd = (waiter: Waiter): boolean =>',
      'needsWorkersEnd = (waiter: Waiter): boolean =>\n  waiter.ticket < 0 &&',
    ],
  ]),
  ...of('src/core/claim.ts', RULES, [
    ['(rules) ignores where', '(where === undefined || matches(where, value)) && ', ''],
    ['(rules) ignores not', ' && (not === undefined || !matches(not, value))', ''],
    [
      '(rules) serves different requests from one queue',
      'JSON.stringify({ name: pool.name, where, not, count, mode, prefer })',
      'JSON.stringify({ name: pool.name, count, mode })',
    ],
  ]),
  ...of('src/core/lease.ts', RULES, [
    [
      '(rules) takes a lease that may be released before for a held one',
      '(perhaps || !this.early)',
      'true',
    ],
  ]),
  ...of('src/core/session.ts', RULES, [
    [
      '(rules) takes what another branch of the session holds for its own',
      'let scope = this.#scopes.get(id);',
      "if (id !== 'worker') id = 'any';\n    let scope = this.#scopes.get(id);",
    ],
  ]),
  ...of('src/core/waiters.ts', RULES, [
    ['(rules) visits the queues by age no more', 'b.ticket - a.ticket', 'a.ticket - b.ticket'],
    ['(rules) tells a notice twice', 'if (this.told.has(notice)) return;', ''],
    ['(rules) tells no notice', 'this.outcome.notice?.(notice, message());', ''],
  ]),
  ...of('src/core/returns.ts', RULES, [
    [
      '(rules) puts a retired resource back',
      "if (after.reason === 'retired') return this.#lose(resource, 'retired');",
      '',
    ],
  ]),
  ...broker('connection', [
    [
      'reads on for a client that reads nothing',
      'this.#choked = true;\n      this.#stream.pause();',
      '',
    ],
    [
      'holds any amount for a client that reads nothing',
      'if (unread > this.#limits.maxOutputBytes) this.destroy();\n    else if (',
      'if (',
    ],
    ['stops for good where no drain follows', 'this.#stream.writableNeedDrain &&', ''],
    [
      'misses the end of a held peer',
      'if (this.#held) stream.resume();\n      else this.#proceed();',
      'this.#proceed();',
    ],
    ['counts what was taken long ago', 'this.#backlogLength -= line.length + LINE_COST;', ''],
    [
      'takes a slow reader for one that floods',
      'if (this.#held && this.#backlogLength',
      'if (this.#backlogLength',
    ],
    [
      'takes any amount behind a held request',
      'this.#held && this.#backlogLength > this.#limits.maxLineBytes',
      'this.#backlogLength < 0',
    ],
    [
      'cuts off its last lines by a later one',
      'if (this.#closed || this.#ending) return;\n    if (this.#out',
      'if (this.#closed) return;\n    if (this.#out',
    ],
    [
      'answers past a held request',
      'if (!this.#choked && !this.#held) return',
      'if (!this.#choked) return',
    ],
    [
      'waits for ever for a peer to read its end',
      'setTimeout(() => this.destroy(), DRAIN_MS).unref();',
      'undefined;',
    ],
    ['caps nothing before authentication', 'limits.maxUnauthenticatedLineBytes,', '1e9,'],
  ]),
  ...of(
    'src/broker/exchange.ts',
    ['src/broker/handlers/leases.test.ts', 'src/broker/handlers/barriers.test.ts'],
    [
      [
        'nests the answers of held requests',
        'process.nextTick(() => this.connection.proceed());',
        'this.connection.proceed();',
      ],
      ['lets go on what it has not held', 'if (!this.#held || !this.#inOrder) return;', ''],
      ['lets nothing go on', 'if (this.#inOrder) return;\n    this.#held = true;', ''],
    ],
  ),
  ...broker('session', [
    ['takes requests before the handshake', 'if (!this.#core) throw authRequired();', ''],
    [
      'keeps a stranger who spoke out of turn',
      'exchange.fail(error);\n      if (!this.#core) this.#connection.end();',
      'exchange.fail(error);',
    ],
    ['goes on without the answer to a request without an id', 'exchange.keepOrder();', ';'],
    ['is ended by null', 'parsed === null ||', ''],
    ['takes a list for a request', ' || Array.isArray(parsed)', ''],
    [
      'tells events to everyone',
      'if (this.#wantsEvents) this.#connection.send',
      'this.#connection.send',
    ],
    ['keeps the leases of the dead', 'this.house.leases.endSession(this.#core);', ''],
    [
      'keeps identities out of the journal',
      'Object.assign(core.identity, identity);',
      'core.identity = identity;',
    ],
  ]),
  ...broker('handshake', [
    [
      'believes any proof',
      'if (!proofMatches(',
      'if (proofMatches === undefined && !proofMatches(',
    ],
    ['lets a proof be tried again', 'this.#seen = undefined;', ''],
    [
      'answers hello without end',
      "if (this.#seen) throw badRequest('hello: it was said already.');",
      '',
    ],
    ['draws no nonce of its own', 'brokerNonce: newNonce(),', 'brokerNonce: nonce,'],
  ]),
  ...broker('fields', [
    [
      'takes a span in a text',
      "typeof given === 'number' && given >= minMs",
      'Number(given) >= minMs',
    ],
    ['takes any length of name', 'Buffer.byteLength(given) > maxKeyBytes', 'given.length < 0'],
    [
      'counts a name in characters',
      'Buffer.byteLength(given) > maxKeyBytes',
      'given.length > maxKeyBytes',
    ],
    [
      'takes anything for a flag',
      "typeof given === 'boolean') return given === true",
      'given) return true',
    ],
    ['keeps all of a label', 'text.length <= MAX_LABEL', 'text.length >= 0'],
  ]),
  ...broker('clock', [
    [
      'runs while it stands still',
      'Math.min(performance.now() - this.#beatAt, MOST_PER_BEAT_MS)',
      '(performance.now() - this.#beatAt)',
    ],
    [
      'goes by the wall clock',
      'performance.now() - this.#start + this.#slept',
      'Date.now() - this.#start',
    ],
    ['takes rounding for sleep', 'this.#slept + SLEEP_MS', 'this.#slept'],
    ['misses the machine’s sleep', 'this.#slept = slept;', ';'],
  ]),
  ...broker('exit', [
    ['takes a copy of itself for the host', 'OURS in listener;', 'listener === onSignal;'],
    ['waits for ever for signal-exit', '> listenersThatYield()', '> 0'],
    [
      'swallows the signal',
      'if (!process.listeners(signal).some(isOurs)) process.kill(process.pid, signal);',
      '',
    ],
    [
      'forgets a farewell',
      'if (farewells.length === 0) return die(signal);',
      'return die(signal);',
    ],
    ['makes a farewell last for ever', 'Promise.race([', 'Promise.all(['],
    ['dies twice', 'if (!process.listeners(signal).includes(onSignal)) return;', ''],
    [
      'decides for a host that listens',
      'if (process.listenerCount(signal) - ours > listenersThatYield()) return;',
      '',
    ],
    [
      'leaves its listeners behind',
      'for (const signal of SIGNALS) process.off(signal, onSignal);',
      '',
    ],
  ]),
  ...broker('listener', [
    ['has Node’s own backlog', 'backlog: BACKLOG', 'backlog: 511'],
    [
      'lets any number in',
      'if (listener.#sockets.size >= limits.maxConnections) {',
      'if (limits === undefined) {',
    ],
    [
      'cuts off who is turned away',
      'if (this.#turnedAway.size >= MAX_TURNED_AWAY) {',
      'if (this.#turnedAway.size >= 0) {',
    ],
  ]),
  ...broker('broker', [
    [
      'expires before it reads what came during a stall',
      'if (tries > 1 && performance.now() - from > QUICK_POLL_MS) {',
      'if (tries < 0) {',
    ],
    ['lets strangers stay', 'session.destroy();', ''],
    [
      'is printed with its secret',
      'readonly #pipe: Pipe;',
      'readonly #pipe: Pipe;\n  printed = this.secret;',
    ],
    ['stops without a goodbye', "session.tell({ event: 'goodbye' });", ''],
    [
      'forgets the clean-up when it stops',
      '    this.#cleanUp();\n    // Not before',
      '    // Not before',
    ],
  ]),
  ...of(
    'src/broker/pending.ts',
    ['src/broker/pending.test.ts', 'src/broker/handlers/leases.test.ts'],
    [
      ['cancels nothing', '?.cancel();', ';'],
      ['keeps the ids of what was answered', 'exchange.pending = this;', ''],
      ['cancels the last one', '.find((each) => each.id === id)', '.at(-1)'],
      ['keeps the ids of what is answered at once', ' || exchange.answered', ''],
    ],
  ),
  ...of(
    'src/broker/handlers/leases.ts',
    ['src/broker/handlers/leases.test.ts'],
    [
      [
        'takes for an id to cancel what is none',
        "if (typeof id !== 'string' && !Number.isSafeInteger(id)) {",
        'if (false) {',
      ],
      [
        'takes a lock with a wish it does not understand',
        'noOtherFields(request, LOCK_FIELDS);',
        '',
      ],
      ['takes any number of wants', 'entries.length > MAX_WANTS', 'false'],
      [
        'drops why a lease was retired',
        "'lease'), whyField(request));\n  return '';\n};\n\n/** An operator",
        "'lease'));\n  return '';\n};\n\n/** An operator",
      ],
    ],
  ),
  ...of(
    'src/broker/handlers/acquire.ts',
    ['src/broker/handlers/leases.test.ts', 'src/broker/session.test.ts'],
    [
      [
        'cancels what was served, and not what waits in its place',
        'if (!waiter.answered) session.pending',
        'session.pending',
      ],
      ['forgets the pool’s TTL', 'asked.length > 0 ? ttlMs :', 'asked.length < 0 ? ttlMs :'],
      [
        'forgets the pool’s timeout',
        'asked.length > 0 ? timeoutMs :',
        'asked.length < 0 ? timeoutMs :',
      ],
      [
        'has a lock live as long as the pool of its name',
        "(kind === 'pool' && pools.get(name))",
        'pools.get(name)',
      ],
      [
        'waits for several pools as for the least patient',
        'Math.max(...asked',
        'Math.min(...asked',
      ],
      ['names any former holder of several', '(b.freedAt > a.freedAt ? b : a)', 'b'],
      [
        'tells nobody what it waits for',
        'tellNotice(this.session, this.exchange, notice, message);',
        '',
      ],
    ],
  ),
  ...of(
    'src/broker/handlers/values.ts',
    ['src/broker/handlers/values.test.ts'],
    [
      [
        'lets values live for ever',
        "if (request.ttl === 'run') return Infinity;",
        'if (!(Number(request.ttl) > 0)) return Infinity;',
      ],
      [
        'lists values',
        '{"key":${JSON.stringify(entry.key)}',
        '{"key":${JSON.stringify(entry.key)},"value":${entry.text}',
      ],
      [
        'repeats a page',
        'list(prefix, after, LIST_PAGE + 1)',
        'list(prefix, undefined, LIST_PAGE + 1)',
      ],
      ['promises a page behind the last', 'found.length > LIST_PAGE', 'found.length >= LIST_PAGE'],
      ['lets a value live beyond the longest span', 'Math.min(left, MAX_DURATION_MS)', 'left'],
      [
        'takes a TTL for an end',
        "if (request.ttl !== undefined) throw badRequest(\"Give either 'ttl' or 'expiresAt'.\");",
        '',
      ],
    ],
  ),
  ...client('dial', [
    ['lets a full backlog reach the user', "if (code !== 'EAGAIN') throw", 'throw'],
    ['tries for ever', 'if (now() > giveUp) throw unresponsive(pipe);', ''],
    ['spins', 'Math.min(2 * pause, 500)', 'pause'],
    ['takes any error for a dead broker', "code === 'ENOENT' ||", "code !== 'ENOENT' ||"],
  ]),
  ...client('handshake', [
    [
      'believes any broker',
      '!proofMatches(hello.proof,',
      'hello.proof === 0 && !proofMatches(hello.proof,',
    ],
    [
      'does without authentication',
      'if (hello.proof === undefined) throw authenticationOff(pipe);',
      'if (hello.proof === undefined) return welcomeOf(await connection.request(`"action":"auth",${who}`));',
    ],
    ['hands a stranger its identity', '"action":"hello",', '"action":"hello","identity":{},'],
    [
      'greets with the same nonce',
      'const clientNonce = newNonce();',
      "const clientNonce = '0'.repeat(32);",
    ],
  ]),
  ...client('connection', [
    [
      'says goodbye to an impostor',
      'connection.#finish(error as BrokerError);',
      'connection.close();',
    ],
    ['waits for ever for an answer', 'inFlight.reject(unresponsive(this.address.pipe));', ''],
    ['leaves calls open at the end', 'for (const { reject } of waiting) reject(error);', ''],
    [
      'writes each request on its own',
      "if (this.#out === '') nextTick(() => this.#flush());\n    this.#out += line;",
      'this.#out += line;\n    this.#flush();',
    ],
    [
      'is ended by null',
      "typeof reply !== 'object' || reply === null ||",
      "typeof reply !== 'object' ||",
    ],
  ]),
  ...client('lease', [
    ['hands out what is lost', 'this.#mustHold();\n    return this.#value;', 'return this.#value;'],
    [
      'never learns that it stood still',
      "if (this.#fate !== 'held' || !this.overdue) return;",
      'return;',
    ],
    ['is lost for lack of an answer', "if (code !== 'broker_unresponsive') {", 'if (code) {'],
    ['aborts nothing', 'this.#abort?.abort(lost);', ''],
    ['releases twice', 'this.#releasing ??=', 'this.#releasing ='],
    [
      'renews a grant late that lay unread',
      'renewals.add(this, askedAt);',
      'renewals.add(this, now());',
    ],
    ['renews what was released', 'this.#renewals.delete(this);', ''],
  ]),
  ...client('renewals', [
    ['renews at the end of the TTL', 'const RENEWALS_PER_TTL = 3;', 'const RENEWALS_PER_TTL = 1;'],
    [
      'forgets all but the first',
      'if (turn.due < this.#next) this.#schedule(turn.due);',
      'if (!this.#timer) this.#schedule(turn.due);',
    ],
  ]),
  ...of(
    'src/broker/handlers/once.ts',
    ['src/client/once.test.ts'],
    [
      ['tries what has failed again at once', 'if (entry) store.putOff(entry);', ''],
      ['makes what is there', 'if (!entry) return acquire', 'return acquire'],
      ['keeps what was overtaken', 'if (lease.lastTold === Infinity)', 'if (lease)'],
      ['takes what is not kept for any size', 'else store.checkSize(key, text);', ''],
      ['refreshes what is fresh', '!store.isDue(entry, refreshMs(entry))', 'refreshMs === 0'],
      ['waits for a refresh', '{ ...request, timeout: 0 }', 'request'],
      ['refuses who comes during a refresh', 'if (this.#current === undefined) super', 'super'],
      [
        'leaves who waits for a value that cannot be kept',
        'leases.conclude(session.core, lease.id, failed);',
        '',
      ],
      [
        'forgets undefined',
        "value === undefined\n      ? ''",
        "value === undefined\n      ? 'null'",
      ],
    ],
  ),
  ...of(
    'src/core/leases.ts',
    ['src/client/once.test.ts'],
    [
      [
        'keeps failures from those who wait',
        "if (typeof result !== 'string') this.#refuse(waiter, 'failed', result);",
        "if (typeof result !== 'string') continue;",
      ],
      ['leaves those who wait to make it again', "this.#drop(waiter, 'answered');", 'continue;'],
    ],
  ),
  ...of(
    'src/client/once.ts',
    ['src/client/once.test.ts'],
    [
      ['keeps a failure to itself', '.settle(`,"failed":', '.settle(`,"value":'],
      ['takes a refresh that is always due', 'if (refreshMs >= lifeMs)', 'if (refreshMs < 0)'],
      ['refreshes within what asked', '() => this.run(lease)), []);', '() => this.run(lease)));'],
      ['gives who made it the thing itself', ': JSON.parse(json);', ': (made as T);'],
    ],
  ),
  ...of(
    'src/client/grants.ts',
    ['src/client/client.test.ts'],
    [
      ['keeps a lease whose abort crossed the grant', 'else lease.release().catch(() => {});', ''],
      [
        'keeps its leases when closed',
        'await Promise.allSettled([...this.#leases].map((lease) => lease.release()));',
        '',
      ],
    ],
  ),
  ...of(
    'src/client/during.ts',
    ['src/client/client.test.ts'],
    [
      [
        'keeps the lease when use throws',
        'await lease.release().catch(() => {});\n    throw error;',
        'throw error;',
      ],
    ],
  ),
  ...client('connect', [
    [
      'takes the secret of the environment for any pipe',
      '...(secret === undefined ? {} : { secret }) };\n  }',
      '...(process.env[SECRET_VARIABLE] ? { secret: process.env[SECRET_VARIABLE] } : {}) };\n  }',
    ],
    ['ignores the secret', '...(chosen ? { secret: chosen } : {})', ''],
  ]),
  ...of('src/core/checks.ts', LEASES, [
    ['takes a second answer', 'if (answered) return;', ''],
    ['grants what a check found unusable', 'if (!works) usable.delete(resource);', ''],
    [
      'loses a resource when its waiter gave up',
      'this.#checked.usable(resource);',
      'if (waiter.queue) this.#checked.usable(resource);',
    ],
    ['checks what was found usable again and again', 'resource.verified = true;', ''],
  ]),
  ...of('src/core/ended-leases.ts', LEASES, [
    ['remembers ends without end', 'this.#ends++ % MAX_ENDED', 'this.#ends++'],
    [
      'does not say why a lease was lost',
      'const reason = this.#reasons[this.#ids.indexOf(lease)];',
      'const reason = undefined as EndReason | undefined;',
    ],
  ]),
  ...of(
    'src/core/pools.ts',
    [...LEASES, ...STORIES],
    [
      [
        'makes locks without end',
        'this.#implicit.size >= maxImplicitPools',
        'this.#implicit.size < 0',
      ],
      [
        'takes names without end',
        'Buffer.byteLength(name) > maxKeyBytes',
        'name.length > maxKeyBytes',
      ],
      ['keeps locks that nobody uses', 'this.#implicit.delete(pool.name);', 'this.#implicit.size;'],
      [
        'forgets the new lock with the old one',
        'pool.idle && this.#implicit.get(pool.name) === pool',
        'pool.idle',
      ],
      [
        'takes two claims on one lock',
        "throw badRequest('A request asks for the same lock twice.');",
        'return claims;',
      ],
    ],
  ),
  ...of('src/core/leases.ts', LEASES, [
    [
      'grants to who gave up during the check',
      'if (!waiter.answered) this.#pass.join(waiter, had);',
      'this.#pass.join(waiter, had);',
    ],
  ]),
  ...of('src/core/leases.ts', MODEL, [
    [
      '(model) wakes nobody on a release',
      'pool.put(resource);\n    this.#pass.touch(pool);',
      'pool.put(resource);',
    ],
  ]),
  ...of('src/core/leases.ts', LEASES, [
    ['tells all that are held in any order', 'sort((a, b) => a.token - b.token)', 'sort(() => 0)'],
  ]),
  ...of('src/core/leases.ts', RETURNS, [
    [
      'tells who retires its lease that it is lost',
      "reason === 'released' || reason === 'retired'",
      "reason === 'released'",
    ],
  ]),
  ...of('src/core/leases.ts', STORIES, [
    [
      'keeps the lock of a request that could never be met',
      'for (const { pool } of claims) this.#pools.tidy(pool);',
      '',
    ],
    [
      'keeps the lock of a request that was given up',
      '      this.#pass.touch(pool);\n      this.#pools.tidy(pool);',
      '      this.#pass.touch(pool);',
    ],
    [
      'keeps a request that was refused for its deadlock',
      'this.#pass.leave(waiter);\n        throw error;',
      'throw error;',
    ],
  ]),
  ...of('src/core/leases.ts', RULES, [
    [
      '(rules) looks at nothing after a wait was given up',
      '      this.#pass.touch(pool);\n      this.#pools.tidy(pool);',
      '      this.#pools.tidy(pool);',
    ],
  ]),
  ...of('src/core/grant-pass.ts', MODEL, [
    [
      '(model) wakes nobody after a failed check',
      'pool.queues.set(key, queue);\n      this.#touched.add(pool);',
      'pool.queues.set(key, queue);',
    ],
  ]),
  ...of('src/core/grant-pass.ts', RULES, [
    ['(rules) never makes the exception', 'return this.#passOne();', 'return false;'],
    [
      '(rules) makes the exception for the newcomer only',
      'of candidates) {',
      'of candidates.filter((each) => each === queued.at(-1))) {',
    ],
    [
      '(rules) makes the exception for the oldest holder only',
      'of candidates) {',
      'of candidates.slice(0, 1)) {',
    ],
    [
      '(rules) lets a parked request bind everyone',
      'all.add(waiter);\n        return all.claims(waiter);',
      'binding.add(waiter);\n        all.add(waiter);\n        return all.claims(waiter);',
    ],
    [
      '(rules) lets a parked request bind even those for whom the exception is made',
      'waiter.lasting || !older.queue!.parked',
      'true',
    ],
    [
      '(rules) lets a parked request bind not even its like',
      'waiter.lasting ? [all, binding]',
      'waiter.lasting ? [binding, all]',
    ],
    [
      '(rules) looks at a pool without those that requests link with it',
      'if (claim.pool.open) pools.add(claim.pool);',
      'if (!claim) pools.add(claim);',
    ],
    [
      '(rules) tells nobody of a wait for a worker’s end',
      'if (queue.parked) for',
      'if (!queue) for',
    ],
    [
      '(rules) tells a lone queue of no worker’s end',
      'pool.lasting > 0) return',
      'pool.lasting < 0) return',
    ],
  ]),
  ...of(
    'src/core/matching.ts',
    ['src/core/matching.test.ts'],
    [
      ['heeds no preference of the pool', 'want.prefer ?? pool.care.prefer', 'want.prefer'],
      ['heeds no preference of the request', 'want.prefer ?? pool.care.prefer', 'pool.care.prefer'],
      [
        'takes the same at random',
        "prefer === 'random' ? shuffled(pool.free, random) : pool.free",
        'pool.free',
      ],
      [
        'lets what was checked wait behind others',
        'resource?.verified; resource',
        'undefined; resource',
      ],
    ],
  ),
  ...init('syntax', [
    [
      'edits a constant that something else changes',
      'if (mentions(program, node.name) > 2) {\n    throw',
      'if (mentions(program, node.name) > 9) {\n    throw',
    ],
    [
      'edits what is spread over afterwards',
      'if (!mayHave(program, each.argument, name)) continue;',
      'if (each) continue;',
    ],
    ['takes any spread for a doubt', 'if (!mayHave(program, each.argument, name)) continue;', ''],
    [
      'takes a name that is computed for another',
      'doubt = new ByHand(`a computed name there may be',
      'new ByHand(`a computed name there may be',
    ],
    [
      'edits an export that is changed afterwards',
      'nameIn(left) !== path[0] || mentions(program, path[0]!) > 1',
      'nameIn(left) !== path[0]',
    ],
    [
      'edits a named export that is changed afterwards',
      'if (made && mentions(program, name) === 1) return made;',
      'if (made) return made;',
    ],
  ]),
  ...init('source', [
    ['loses the byte order mark', 'return `${this.#bom}${edited}', 'return `${edited}'],
    ['ends lines as it likes', "/\\r?\\n/.exec(this.text)?.[0] ?? '\\n'", "'\\n'"],
    ['quotes as it likes', 'return double > single', 'return double > 99'],
    ['indents as it likes', 'const indent = first\n', 'const indent = !first\n'],
    ['leaves a comma in JSON', "first || !this.isJson ? ',' : ''", "','"],
    ['ends all imports with a semicolon', "!== ';') ? '' : ';'", "!== ';') ? ';' : ';'"],
    [
      'tears a type from what it is said of',
      "above?.value.includes('@type') ? above.start!",
      "above?.value.includes('@none') ? above.start!",
    ],
    [
      'takes a name that is something else',
      'if (mentions(this.program, name) > 0) throw',
      'if (!name) throw',
    ],
    [
      'takes an import for a use',
      'local !== undefined && mentions(this.program, local) > 1',
      'local !== undefined',
    ],
    [
      'takes an import for a text',
      "if (node.type === 'ImportDeclaration') sources.add(node.source);",
      '',
    ],
  ]),
  ...init('vitest', [
    ['has a merge replace the set-up of the other', 'merged ? `[${setUp}]` : setUp', 'setUp'],
    ['edits one of several returns', '!last.argument || returns.length > 1', '!last.argument'],
    ['counts the returns of other functions', '!inner.some((each)', '![].some((each)'],
    ['leaves a type error in a config of Vite’s', 'isTypedByVite(source)) {', '!source) {'],
    ['takes every Vite project for one of Vitest', '|| declared || hasSection(program)', '|| true'],
  ]),
  ...init('jest', [
    [
      'lays our preset over an environment',
      "const OWN = [...OWN_OF_JSON, 'testEnvironment'];",
      'const OWN = OWN_OF_JSON;',
    ],
    [
      'lays our preset over a spread one',
      '  } catch {\n    return true;',
      '  } catch {\n    return false;',
    ],
    [
      'leaves an environment in JSON as it is',
      'source.insert(environment.start! + 1',
      'void (environment.start! + 1',
    ],
  ]),
  ...init('wrap', [
    ['imports a second time', 'if (!imported) source.insertImport', 'source.insertImport'],
  ]),
  ...init('plan', [
    ['writes what is not UTF-8', 'if (!isUtf8(before))', 'if (!before)'],
    ['gives a config to a monorepo’s root', '!list && !workspaces', '!list'],
    ['overlooks a list of projects', '!list && !workspaces', '!workspaces'],
  ]),
  ...of(
    'src/cli/init/write.ts',
    ['src/cli/init/write.test.ts'],
    [
      ['writes over an edit', 'if (before && !readFileSync', 'if (!before && !readFileSync'],
      [
        'writes over a new file',
        "writeFileSync(path, after, { flag: 'wx' })",
        'writeFileSync(path, after)',
      ],
      ['replaces a link', 'replace(realpathSync(path)', 'replace(path'],
      ['forgets the mode', 'chmodSync(beside, statSync(path).mode);', ''],
    ],
  ),
  ...of(
    'src/cli/init.ts',
    ['src/cli/init.test.ts'],
    [
      ['writes unasked', "if (!flags.has('yes') && !process.stdin.isTTY)", 'if (!flags)'],
      [
        'hides that something is left to do',
        'plan.byHand.length > 0 || isNothing(plan)',
        'isNothing(plan)',
      ],
      [
        'hides that there is no runner',
        'plan.byHand.length > 0 || isNothing(plan)',
        'plan.byHand.length > 0',
      ],
    ],
  ),
  ...broker('running', [
    ['believes what others may have put there', 'isOpenToOthers(directory)', 'false'],
  ]),
  ...broker('broker', [
    [
      'leaves its directory where it cannot listen',
      'pipe.remove();\n      const { code',
      'const { code',
    ],
    ['shows a stack where it cannot listen', 'throw cannotListen(pipe.path, code)', 'throw error'],
  ]),
  ...broker('story', [
    ['searches for ever for a name of many stars', 'pattern.split(/\\*+/)', "pattern.split('*')"],
  ]),
  ...report('journal-file', [
    ['takes an empty file for a foreign one', "if (text === '')", 'if (false)'],
    [
      'takes a journal that was cut off early for a foreign one',
      'text.startsWith(BEGINNING)',
      'false',
    ],
    ['makes as many lanes as a damaged number says', '(size as number) <= MAX_RESOURCES', 'true'],
  ]),
  ...of(
    'src/cli/once.ts',
    ['src/cli/once.test.ts'],
    [['rounds a version or an id', "typeof value === 'number' && ", 'false && ']],
  ),
  ...of(
    'src/cli/gathered.ts',
    ['src/cli/gathered.test.ts'],
    [
      ['replaces bytes that are no text', '!isUtf8(bytes)', 'false'],
      [
        'cuts a text between its bytes',
        'Buffer.concat(this.#chunks)',
        'Buffer.from(this.#chunks.map(String).join(""))',
      ],
      ['keeps what is too much', 'this.#bytes > MAX_GATHERED', 'this.#bytes > 2 * MAX_GATHERED'],
    ],
  ),
  ...of(
    'src/cli/cmd-line.ts',
    ['src/cli/cmd-line.test.ts'],
    [
      [
        'splits a word of an argument at its blank, on Windows',
        "quoted(arg).replace(READ, '^$&')",
        'arg',
      ],
      ['has cmd.exe read the words of a command', ".replace(READ, '^$&')", ''],
      ['ends a word at the quote in it', "'$1$1\\\\\"'", "'$1\"'"],
      ['loses the end of a word behind a backslash', ".replace(/\\\\+$/, '$&$&')", ''],
      ['finds no program in a directory with a blank', 'path.search(READ) === -1', 'true'],
      ['finds no program behind a /', "file.replaceAll('/', '\\\\')", 'file'],
    ],
  ),
  ...of(
    'src/cli/command.ts',
    ['src/cli/command.test.ts'],
    [
      ['runs an empty name', '!behind[0]', 'behind.length === 0'],
      [
        'does not say where a negative number goes',
        'firstSentence(messageOf(error)) + hint',
        'firstSentence(messageOf(error))',
      ],
    ],
  ),
  ...of(
    'src/cli/exit-codes.ts',
    ['src/cli/exit-codes.test.ts'],
    [
      ['tells a foreign socket as a failure', '  bad_line: EXIT.noBroker,\n', ''],
      ['tells a missing ttl as a failure', '  ttl_required: EXIT.wrongUse,\n', ''],
    ],
  ),
  ...report('tell', [
    ['breaks a silence that was asked for', 'if (!config.summary) return;', ''],
    [
      'names no report where nothing was waited for',
      'if (report) lines.push',
      'if (report && lines.length > 0) lines.push',
    ],
    ['foretells anew for the summary', '?? COLUMNS, foretold)', '?? COLUMNS)'],
    ['names a file by a way up', "path.startsWith('..') || isAbsolute(path) ? file : path", 'path'],
  ]),
  ...broker('report-file', [
    [
      'gives a report that could not be written',
      'return undefined;\n    }\n  };',
      'return { file, timeline: {}, foretold: [] };\n    }\n  };',
    ],
    ['gives a path that holds only from here', 'resolve(asked)', 'asked'],
  ]),
  ...of(
    'integrations/playwright-report.ts',
    ['integrations/playwright-report.test.ts'],
    [
      [
        'heeds the config before the reporter',
        ': outputFile\n',
        ': outputFile && !config.report\n',
      ],
      [
        'heeds the reporter before the environment',
        'report.file = inEnvironment\n',
        'report.file = inEnvironment && !outputFile\n',
      ],
      ['attaches the report of a run before', '  report.file = undefined;\n', ''],
      [
        'tells how to have a report to those who know',
        'if (!inEnvironment) tellOther();',
        'tellOther();',
      ],
    ],
  ),
  ...of(
    'integrations/playwright-reporter.ts',
    ['integrations/playwright-reporter.test.ts'],
    [
      ['attaches the report for each wait of a test', 'this.#attached.has(result) || ', ''],
      ['attaches the report to each of very many', ' || !this.#isAmongLongest(duration)', ''],
      ['attaches the report for any long step', ' || !WAIT.test(title)', ''],
      ['attaches the report for a short wait', ' || duration < LONG_MS', ''],
      ['attaches a report that nobody draws', 'file === undefined || ', ''],
      ['takes the terminal from Playwright', 'return false;', 'return true;'],
    ],
  ),
  ...broker('machine', [
    ['tells of the machine since it was started', 'this.#since ??= spent();', ''],
    ['forgets what it started', 'slice(11, 15)', 'slice(11, 13)'],
    ['forgets what it started and lives', 'ms += ofProcess(child) || 0', 'ms += 0'],
    ['takes all that runs for ours', 'Math.min(busy, Math.max(0, ownMs / ms))', 'busy'],
    ['has spent less than nothing', 'Math.max(0, ownMs / ms)', 'ownMs / ms'],
  ]),
  ...report('workload', [
    [
      'takes files in the order of workers',
      'jobs.sort((a, b) => a.begin - b.begin || a.first - b.first);',
      '',
    ],
    [
      'makes one crew of all clients',
      'worker === undefined ? { crew: own, worker: own } : { crew: runner, worker }',
      "{ crew: runner, worker: worker ?? '' }",
    ],
    ['lets a file end before its process', 'ownProcess ? sessionOf', 'false ? sessionOf'],
    [
      'forgets cooldowns',
      'Number.POSITIVE_INFINITY : to - span.to',
      'Number.POSITIVE_INFINITY : 0',
    ],
    ['takes what is retired for back', 'gone ? Number.POSITIVE_INFINITY', 'gone ? 0'],
  ]),
  ...report('drafts', [
    [
      'hands out by file what several workers had parts of',
      'split.has(file) ?',
      'split.has(test!) ?',
    ],
    ['hands out by test whatever two workers had', '&& before.to > stay.from', ''],
    [
      'has a job of its own for what a file that is split has for all',
      'draft.unit.startsWith(`${file}\\n`)',
      'split.has(unit)',
    ],
    ['forgets what a worker keeps of a file', 'stay.to = Math.max(stay.to, end)', 'stay.to = end'],
  ]),
  ...report('job', [
    ['takes a wait for work', "step.does === 'granted' || step.does === 'answered' ? 0 :", ''],
    ['keeps no lease beyond its file', 'span.end === undefined || span.to > next', 'false'],
    ['takes a lease of two for one', 'lost: 0 })).count++;', 'lost: 0 })).count = 1;'],
    ['has tests of one file begin at once', 'if (closed) before.add(closed);', ''],
    ['has a test begin before what its file has', 'if (ofFile) before.add(ofFile);\n    }', '}'],
    [
      'ends what a file has before its tests',
      'for (const each of closedSince) before.add(each);',
      '',
    ],
    [
      'forgets that a process outlives its tests',
      'until > last ? until : last',
      'until > last ? last : last',
    ],
    ['would have granted what timed out', 'if (!span && !answered) {', 'if (!span && answered) {'],
    ['never ends a test that had a result', 'answered || lasting ? -1 : 0', 'lasting ? -1 : 0'],
  ]),
  ...report('agenda', [
    ['does the later of two first', '&& a.order < b.order', '&& a.order > b.order'],
  ]),
  ...report('replay', [
    ['serves the younger before the older', 'if (older === waiting || left < 0) break;', 'break;'],
    [
      'keeps nothing for the older but of the pool that it lacks',
      'for (const need of older.demand.needs) if (need.pool === pool) left -= need.count;',
      'if (this.#free[pool]! <= 0) left--;',
    ],
    [
      'serves one for each release',
      'if (this.#fits(each)) this.#grant(each);\n      else i++;',
      'if (this.#fits(each)) return this.#grant(each);\n      i++;',
    ],
    [
      'keeps what a worker had for good',
      'for (const demand of worker.held.splice(0)) this.#release(demand);',
      '',
    ],
    ['runs out of slots', "kind === 'slot' ?", "kind === 'pool' && false ?"],
    ['gives back what cools down', 'if (need.delayMs > 0)', 'if (need.delayMs < 0)'],
    [
      'takes who waits for at work',
      'if (--worker.underWay === 0) this.#atWork--;',
      '--worker.underWay;',
    ],
    ['counts from before the first client', 'Math.min(ms, until - this.#sinceMs)', 'ms'],
    ['goes at one pace', 'ms * this.#pace(this.#atWork)', 'ms * this.#pace(0)'],
    ['heeds no other delays', 'this.#delaysMs ? this.#delaysMs[id]! : delayMs', 'delayMs'],
    ['tells that nobody waited', 'this.#waitedFor[pool] = true', 'this.#waitedFor[pool] = false'],
    [
      'has a result before it is made',
      'this.#free[pool]! < this.#sizes[pool]!',
      'this.#free[pool]! < 0',
    ],
  ]),
  ...report('pace', [
    ['takes all workers for slowed', 'used(part) < own', 'used(part) < 2'],
    ['takes no worker for slowed', 'let [low, high] = [0, MOST];', 'let [low, high] = [0, 0.01];'],
    ['cannot count many workers', 'if (likely > 1e100)', 'if (likely < 0)'],
    [
      'has workers queue for one processor',
      'Math.min(computing, processors)',
      'Math.min(computing, 1)',
    ],
    ['counts on what others have', 'Math.max(processors - others, processors / 2)', 'processors'],
    [
      'counts on what others leave only',
      'Math.max(processors - others, processors / 2)',
      'processors - others',
    ],
  ]),
  ...report('what-if', [
    ['foretells of half a journal', 'truncated || asked.length === 0', 'asked.length === 0'],
    ['takes all the time that it wants', '.slice(0, Math.max(0, inTime))', ''],
    [
      'takes no longer for a long run',
      'Math.max(MOST_MS, MOST_OF_RUN * (timeline.to - timeline.from))',
      'MOST_MS',
    ],
    [
      'forgets that the machine was slow',
      'speedOf(machine, asItWas.atWorkMs) : () => 1',
      'speedOf(machine, [0]) : () => 1',
    ],
    ['takes the first size for all', '!replayed || replayed.waitedFor[index]', '!replayed'],
  ]),
  ...report('timeline', [
    ['ends a wait for a pass when that was told', 'ms + (event.inMs ?? 0)', 'ms'],
    ['lets a wait last beyond the run', 'Math.min(ms, this.#to)', 'ms'],
    [
      'has one of what is never held',
      'held ? Math.max(1, this.#peak) : 0',
      'Math.max(1, this.#peak)',
    ],
    [
      'forgets who held what where the journal has lost its start',
      'reader.connected(session, identity);',
      ';',
    ],
  ]),
  ...of(
    'src/report/page/marks.ts',
    ['src/report/page/marks.test.ts'],
    [
      ['paints what nobody can see', 'if (last > first) layer', 'if (last >= first) layer'],
      ['paints each bar, however many are on a pixel', ', layer.at(-1)?.to ?? 0)', ')'],
      [
        'hides what a filter chose beneath what it left out',
        "layers[shown ? (thin ? 1 : look.pattern === 'plain' ? 2 : 3) : 0]",
        "layers[shown ? (thin ? 1 : look.pattern === 'plain' ? 2 : 3) : 3]",
      ],
      ['hides a rare end beneath the many', "look.pattern === 'plain' ? 2 : 3", '2'],
      [
        'tells of the bar before the one pointed at',
        'if (rank < least)',
        'if (least === Infinity)',
      ],
      [
        'tells of a bar beneath another',
        "kind === 'span' ? 2 : look.pattern === 'plain' ? 1 : 0",
        '0',
      ],
      ['tells of what a filter left out', 'if (!shown) continue;', ''],
      ['tells of a bar far off', 'if (scale.x(from) > x + NEAR) break;', ''],
      ['has short leases vanish', 'Math.floor(start) + LEAST', '0'],
      ['shows what is between leases longer than it was', 'thin && end - start < LEAST', '!look'],
    ],
  ),
  ...of(
    'src/report/page/packed.ts',
    ['src/report/html.test.ts'],
    [
      ['tells a test with each lease', 'if (known !== undefined) return known;', ''],
      ['gives a lease to another worker', 'identities[who]!', 'identities[0]!'],
    ],
  ),
];
