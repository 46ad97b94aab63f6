import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdminDeed, Channel } from '../../../src/host/admin/listener.ts'
import { type SealControl, SealError } from '../../../src/host/admin/seal-control.ts'
import { sealDeeds } from '../../../src/host/admin/seal-deeds.ts'
import type { SealStatus } from '../../../src/host/admin/watched.ts'
import { RootError } from '../../../src/vault/root/root-error.ts'
import type { Answers } from '../../../src/vault/root/ways/kind.ts'
import { manualClock } from '../../support/manual-clock.ts'

const WAY = { id: 'id', name: 'kit' }

/** A server that is sealed, and what it was given. */
class Sealed implements SealControl {
  seal: SealStatus = { state: 'sealed', sinceMs: 0, reason: 'the root file is not there' }
  isSealedByOperator = false
  /** What unsealing fails with. */
  failure: Error | undefined
  readonly given: string[] = []
  readonly kinds: (string | undefined)[] = []
  /** What unsealing waits for. */
  before: Promise<void> = Promise.resolve()
  readonly clock = manualClock(0)
  readonly #deeds = sealDeeds(() => this, this.clock)

  async unseal(answers: Answers = {}, given = ''): Promise<void> {
    const { shares = [], identities, rootFiles } = answers
    const secret = (await answers.passphrase?.(WAY)) ?? (await answers.pin?.(WAY))
    const what = secret ? Buffer.from(secret.reveal()).toString() : (identities ?? rootFiles ?? '')
    this.given.push(`${given} ${shares.length > 0 ? shares.map(({ text }) => text).join(',') : what}`)
    this.kinds.push(answers.onlyKind)
    secret?.wipe()
    for (const share of shares.filter(({ text }) => !text.startsWith('foreign'))) answers.shareTaken?.(share)
    await this.before
    if (this.failure) throw this.failure
    this.seal = { state: 'open', sinceMs: 0 }
  }

  async sealNow(): Promise<void> {
    if (this.failure) throw this.failure
    this.seal = { state: 'sealed', sinceMs: 0 }
  }

  async do(path: string, body = '', channel: Channel = 'socket'): Promise<{ status: number; [name: string]: unknown }> {
    const deed = this.#deeds.get(path) as AdminDeed
    const { status, body: text } = await deed(Buffer.from(body), channel)
    return { status, ...(JSON.parse(text) as object) }
  }
}

const GIVEN: Readonly<Record<string, string>> = {
  '/unseal': 'nothing ',
  '/unseal/passphrase': 'passphrase it',
  '/unseal/pin': 'pin it',
  '/unseal/share': 'share it',
  '/unseal/identity': 'identity it',
  '/unseal/root-file': 'root-file it',
}

for (const [path, given] of Object.entries(GIVEN)) {
  test(`over the socket ${path} opens the server, and nothing is tried once it is open`, async () => {
    const server = new Sealed()
    assert.deepEqual(await server.do(path, 'it'), { status: 200, state: 'open' })
    assert.deepEqual(await server.do(path, 'it'), { status: 200, state: 'open' })
    assert.deepEqual(server.given, [given])
  })

  test(`attack: over a network ${path} is refused`, async () => {
    const server = new Sealed()
    assert.equal((await server.do(path, 'it', 'network')).status, 403)
    assert.deepEqual(server.given, [])
  })

  const isTaken = ['/unseal/passphrase', '/unseal/share'].includes(path)
  test(`over a loopback address ${path} is ${isTaken ? 'taken, unless an operator sealed it' : 'refused'}`, async () => {
    const server = new Sealed()
    server.isSealedByOperator = true
    assert.equal((await server.do(path, 'it', 'loopback')).status, 403)
    server.isSealedByOperator = false
    assert.equal((await server.do(path, 'it', 'loopback')).status, isTaken ? 200 : 403)
    assert.deepEqual(server.given, isTaken ? [given] : [])
  })
}

test('attack: the server is sealed over the socket only', async () => {
  const server = new Sealed()
  await server.do('/unseal')
  for (const channel of ['loopback', 'network'] as const) {
    assert.equal((await server.do('/seal', '', channel)).status, 403)
  }
  assert.equal(server.seal.state, 'open')
  assert.deepEqual(await server.do('/seal'), { status: 200, state: 'sealed' })
})

test('shares that come one by one are given together, each once, and a wrong one is left out', async () => {
  const server = new Sealed()
  server.failure = new RootError('wanting', 'The way kit needs 3 shares.')
  const message = 'The way kit needs 3 shares.'
  assert.deepEqual(await server.do('/unseal/share', 'one\n'), { status: 202, state: 'sealed', message, shares: 1 })
  assert.equal((await server.do('/unseal/share', 'one'))['shares'], 1)
  server.failure = new RootError('wrong', 'The share is of another set.')
  assert.equal((await server.do('/unseal/share', 'foreign')).status, 403)
  server.failure = undefined
  await server.do('/unseal/share', 'two')
  assert.deepEqual(server.given, ['share one', 'share one', 'share one,foreign', 'share one,two'])
})

test('shares are forgotten after a while, and once the server is open', async () => {
  const server = new Sealed()
  server.failure = new RootError('wanting', 'more')
  await server.do('/unseal/share', 'one')
  server.clock.advance(15 * 60_000)
  await server.do('/unseal/share', 'two')
  server.failure = undefined
  await server.do('/unseal/share', 'three')
  await server.do('/seal')
  await server.do('/unseal/share', 'four')
  assert.deepEqual(server.given, ['share one', 'share two', 'share two,three', 'share four'])
})

test('attack: over an address one attempt a second is made, and no file is named', async () => {
  const server = new Sealed()
  server.failure = new RootError('wrong', 'The root file /etc/keyhold.root says otherwise.')
  const refused = await server.do('/unseal/passphrase', 'guess', 'loopback')
  assert.equal(refused.status, 403)
  assert.doesNotMatch(String(refused['message']), /keyhold\.root/)
  assert.equal((await server.do('/unseal/passphrase', 'guess', 'loopback')).status, 429)
  assert.equal((await server.do('/unseal/passphrase', 'guess')).status, 403)
  server.clock.advance(1000)
  assert.equal((await server.do('/unseal/passphrase', 'guess', 'loopback')).status, 403)
  assert.equal(server.given.length, 3)
})

/** What goes wrong, and how it is answered. */
const FAILURES: readonly (readonly [Error, number, RegExp])[] = [
  [new RootError('foreign', 'of another folder'), 403, /of another folder/],
  [new RootError('missing', 'is not there'), 503, /is not there/],
  [new RootError('unreachable', 'does not answer'), 503, /does not answer/],
  [
    new RootError('missing', 'none opens it', {
      cause: new AggregateError([new RootError('missing', 'a'), new RootError('wanting', 'b')]),
    }),
    202,
    /none opens it/,
  ],
  [new SealError('Others wait already.'), 429, /Others wait/],
  [new TypeError('x is not a function'), 503, /^The data folder cannot be opened: see the log\.$/],
]

for (const [failure, status, message] of FAILURES) {
  test(`a failure is answered with ${status}: ${failure.message}`, async () => {
    const server = new Sealed()
    server.failure = failure
    const answer = await server.do('/unseal')
    assert.equal(answer.status, status)
    assert.match(String(answer['message']), message)
  })
}

test('a server that is none to be sealed, or that starts, says so', async () => {
  for (const [path, deed] of sealDeeds(() => undefined, manualClock(0))) {
    assert.equal((await deed(Buffer.from(''), 'socket')).status, 503, path)
  }
})

test('attack: over an address one attempt is made at a time, whatever comes meanwhile', async () => {
  const server = new Sealed()
  server.failure = new RootError('wrong', 'no')
  const { promise, resolve } = Promise.withResolvers<void>()
  server.before = promise
  const first = server.do('/unseal/passphrase', 'guess', 'loopback')
  for (const path of ['/unseal/passphrase', '/unseal/share']) {
    assert.equal((await server.do(path, 'guess', 'loopback')).status, 429)
  }
  resolve()
  assert.equal((await first).status, 403)
  assert.equal(server.given.length, 1)
})

test('attack: for what comes over an address only ways of its kind are tried', async () => {
  for (const [path, kind] of [
    ['/unseal/passphrase', 'passphrase'],
    ['/unseal/share', 'shares'],
  ] as const) {
    const server = new Sealed()
    await server.do(path, 'it', 'loopback')
    server.seal = { state: 'sealed', sinceMs: 0 }
    await server.do(path, 'it')
    assert.deepEqual(server.kinds, [kind, undefined])
  }
})

test('attack: a share that is none of the set takes no good one with it, and is kept by no failure', async () => {
  const server = new Sealed()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.before = promise
  server.failure = new RootError('wrong', 'The share is of another set.')
  const [foreign, good] = [server.do('/unseal/share', 'foreign'), server.do('/unseal/share', 'good')]
  resolve()
  assert.deepEqual([(await foreign).status, (await good).status], [403, 202])
  server.failure = new SealError('Others wait already.')
  await server.do('/unseal/share', 'foreign too')
  server.failure = undefined
  await server.do('/unseal/share', 'last')
  assert.equal(server.given.at(-1), 'share good,last')
})

test('what another way says is no judgement of a share, and keeps no one from being asked for more', async () => {
  const server = new Sealed()
  server.failure = new RootError('wrong', 'none opens it', {
    cause: new AggregateError([new RootError('wrong', 'A PIN was refused.'), new RootError('wanting', 'more')]),
  })
  assert.equal((await server.do('/unseal/share', 'one')).status, 202)
  assert.equal((await server.do('/unseal')).status, 202)
  assert.equal((await server.do('/unseal/passphrase', 'wrong')).status, 403)
})

test('shares leave memory when their time is over, and when an operator seals the server', async () => {
  const server = new Sealed()
  server.failure = new RootError('wanting', 'more')
  await server.do('/unseal/share', 'one')
  server.clock.advance(15 * 60_000)
  assert.equal((await server.do('/unseal'))['shares'], undefined)
  await server.do('/unseal/share', 'one')
  assert.equal((await server.do('/unseal'))['shares'], 1)
  await server.do('/seal')
  assert.equal((await server.do('/unseal'))['shares'], undefined)
})
