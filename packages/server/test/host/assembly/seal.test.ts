import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Seal } from '../../../src/host/assembly/seal.ts'
import { RootError, type RootErrorCode } from '../../../src/vault/root/root-error.ts'
import { answerOf, ask, Folder, turn } from './support/sealed-folder.ts'

/** Every kind of failure: whether a server that starts waits for it to pass. */
const FAILURES: Readonly<Record<RootErrorCode, boolean>> = {
  missing: true,
  io: true,
  exists: false,
  permissions: false,
  foreign: false,
  damaged: false,
  unsupported: false,
  wanting: true,
  unreachable: true,
  wrong: false,
  refused: false,
}

for (const [code, waits] of Object.entries(FAILURES) as [RootErrorCode, boolean][]) {
  test(`a root that is ${code} ${waits ? 'leaves a server sealed at its start' : 'keeps a server from starting'}`, async () => {
    const folder = new Folder().outOfReach(code)
    const begun = Seal.begin(folder.options)
    if (!waits) return await assert.rejects(begun, { code })
    assert.equal((await begun).seal.state, 'sealed')
    await assert.rejects(Seal.begin({ ...folder.options, requireOpen: true }), { code })
  })
}

test('of several ways to the root one that is out of reach is enough to wait for, and others are not', async () => {
  const several = (...codes: RootErrorCode[]): RootError =>
    new RootError('damaged', 'none opens it', {
      cause: new AggregateError(codes.map((code) => new RootError(code, code))),
    })
  const folder = new Folder()
  folder.failure = several('damaged', 'io', 'missing')
  const seal = await Seal.begin(folder.options)
  assert.equal(seal.seal.reason, 'the root file cannot be read, and the root file is not there')
  folder.failure = several('damaged', 'foreign')
  await assert.rejects(Seal.begin(folder.options), { name: 'RootError' })
  folder.failure = new Error('the database contradicts its ledger')
  await assert.rejects(Seal.begin(folder.options), /contradicts/)
})

test('it is tried again at longer and longer intervals, up to thirty seconds, until it opens', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  const waits: number[] = []
  for (let second = 1, last = 0; second <= 130; second++) {
    folder.clock.advance(1000)
    await turn()
    if (folder.happened.length - 1 > waits.length) {
      waits.push(second - last)
      last = second
    }
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30, 30])
  folder.failure = undefined
  folder.clock.advance(30_000)
  await turn()
  assert.equal(seal.seal.state, 'open')
  assert.equal(await ask(seal), 'answered')
})

test('a folder of which more is wrong is not tried again by itself', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  folder.failure = new RootError('foreign', 'another root')
  folder.clock.advance(1000)
  await turn()
  folder.failure = undefined
  folder.clock.advance(100_000)
  await turn()
  assert.equal(seal.seal.state, 'sealed')
  await seal.unseal()
  assert.equal(seal.seal.state, 'open')
})

test('what an operator sealed stays sealed until an operator unseals it, also where that fails once', async () => {
  const folder = new Folder()
  const seal = await Seal.begin(folder.options)
  await seal.sealNow()
  assert.deepEqual(folder.happened, ['open', 'record', 'close', 'forget'])
  assert.deepEqual([seal.seal.state, seal.seal.reason, seal.open], ['sealed', 'an operator sealed it', undefined])
  folder.outOfReach()
  await assert.rejects(seal.unseal(), { code: 'missing' })
  folder.failure = undefined
  folder.clock.advance(100_000)
  await turn()
  assert.equal(await ask(seal), '500')
  await seal.unseal()
  assert.equal(await ask(seal), 'answered')
})

test('a server that waits for its root and is sealed by an operator waits no more', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  await seal.sealNow()
  folder.failure = undefined
  folder.clock.advance(100_000)
  await turn()
  assert.deepEqual(folder.happened, ['open', 'forget'])
})

test('a record that cannot be written does not keep the keys in memory', async () => {
  const folder = new Folder()
  const seal = await Seal.begin(folder.options)
  folder.recordFails = true
  await seal.sealNow()
  assert.equal(seal.seal.state, 'sealed')
})

test('requests under way are answered before the folder closes, and later ones are refused at once', async () => {
  const folder = new Folder()
  const seal = await Seal.begin(folder.options)
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.handle = async () => {
    await promise
    folder.happened.push('answer')
    return answerOf('late')
  }
  const underWay = ask(seal)
  const sealing = seal.sealNow()
  await turn()
  assert.equal(seal.seal.state, 'sealing')
  assert.equal(await ask(seal), '500')
  resolve()
  assert.equal(await underWay, 'late')
  await sealing
  assert.deepEqual(folder.happened, ['open', 'record', 'answer', 'close', 'forget'])
})

test('a request that takes too long is refused, and its answer is overwritten', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const folder = new Folder()
  const seal = await Seal.begin(folder.options)
  const { promise, resolve } = Promise.withResolvers<void>()
  const late = answerOf('a data key')
  folder.handle = async () => {
    await promise
    return late
  }
  const underWay = ask(seal)
  const sealing = seal.sealNow()
  await turn()
  context.mock.timers.tick(10_000)
  assert.equal(await underWay, '500')
  await sealing
  resolve()
  await turn()
  assert.deepEqual([...late.body.bytes], [...Buffer.alloc(10)])
})

test('two who unseal at once open it once', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  folder.failure = undefined
  await Promise.all([seal.unseal(), seal.unseal(), seal.unseal()])
  assert.deepEqual(folder.happened, ['open', 'unseal by nothing'])
})

test('a seal that comes while it is opened waits for that, and then closes it', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  folder.failure = undefined
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.before = promise
  const opening = seal.unseal()
  await turn()
  assert.equal(seal.seal.state, 'opening')
  const sealing = seal.sealNow()
  assert.equal(await ask(seal), '500')
  resolve()
  await opening
  await sealing
  assert.equal(seal.seal.state, 'sealed')
  assert.deepEqual(folder.happened, ['open', 'unseal by nothing', 'record', 'close', 'forget'])
})

test('a stop that comes while it is opened closes what was opened, and nothing opens it afterwards', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  folder.failure = undefined
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.before = promise
  const opening = seal.unseal()
  await turn()
  const stopped = seal.stop()
  resolve()
  await opening
  await stopped
  assert.deepEqual(folder.happened, ['open', 'unseal by nothing', 'close'])
  await assert.rejects(seal.unseal(), { name: 'SealError' })
  folder.clock.advance(100_000)
  await turn()
  assert.equal(folder.happened.length, 3)
})

test('an answer that does not open it leaves what it waits for as it was, and one that does says so', async () => {
  const folder = new Folder().outOfReach('missing')
  const seal = await Seal.begin(folder.options)
  folder.outOfReach('wrong')
  await assert.rejects(seal.unseal({}, 'passphrase'), { code: 'wrong' })
  assert.equal(seal.seal.reason, 'the root file is not there')
  folder.clock.advance(30_000)
  await turn()
  assert.deepEqual(folder.happened, ['open', 'unseal by passphrase', 'unseal by nothing'])
  folder.failure = undefined
  await seal.unseal({}, 'share')
  assert.equal(folder.happened.at(-1), 'unseal by share')
})

test('no more than eight wait to seal or unseal it', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.before = promise
  const waiting = Array.from({ length: 8 }, () => seal.unseal().catch(() => undefined))
  await assert.rejects(seal.unseal(), { name: 'SealError', message: /Others wait already/ })
  resolve()
  await Promise.all(waiting)
  folder.failure = undefined
  await seal.unseal()
  assert.equal(seal.seal.state, 'open')
})
