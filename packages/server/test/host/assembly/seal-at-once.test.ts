import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Seal } from '../../../src/host/assembly/seal.ts'
import { Folder, turn } from './support/sealed-folder.ts'

test('a server that is to be open and is not tries nothing any more once it has failed to start', async () => {
  const folder = new Folder().outOfReach()
  await assert.rejects(Seal.begin({ ...folder.options, requireOpen: true }), { code: 'missing' })
  folder.failure = undefined
  folder.clock.advance(100_000)
  await turn()
  assert.deepEqual(folder.happened, ['open'])
})

for (const [step, ask] of Object.entries({
  unseal: (seal: Seal) => seal.unseal(),
  seal: (seal: Seal) => seal.sealNow(),
})) {
  test(`a stop that closes the folder is not undone by who asks to ${step} meanwhile`, async () => {
    const folder = new Folder()
    const seal = await Seal.begin(folder.options)
    const { promise, resolve } = Promise.withResolvers<void>()
    folder.beforeClose = promise
    const stopped = seal.stop()
    await turn()
    const asked = assert.rejects(ask(seal), { name: 'SealError' })
    await turn()
    resolve()
    await stopped
    await asked
    assert.deepEqual(folder.happened, ['open', 'close'])
  })
}

test('what waits for its turn when the server is told to stop is not done', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.before = promise
  const [first, second] = [seal.unseal(), seal.unseal()].map((asked) => asked.catch(({ name }: Error) => name))
  await turn()
  const stopped = seal.stop()
  resolve()
  await stopped
  assert.deepEqual([await first, await second], ['RootError', 'SealError'])
  assert.deepEqual(folder.happened, ['open', 'unseal by nothing'])
})

test('a folder that does not close well leaves memory all the same', async () => {
  const folder = new Folder()
  const seal = await Seal.begin(folder.options)
  folder.closeFails = true
  await assert.rejects(seal.sealNow(), /the disk is full/)
  assert.equal(seal.seal.state, 'sealed')
  assert.equal(folder.happened.at(-1), 'forget')
})

test('attack: wrong answers, however often, do not put off what the server tries by itself', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  for (let second = 0; second < 8; second++) {
    folder.clock.advance(500)
    await assert.rejects(seal.unseal({ onlyKind: 'passphrase' }, 'passphrase'), { code: 'missing' })
    await turn()
  }
  assert.equal(folder.happened.filter((what) => what === 'unseal by nothing').length, 2)
})

test('an attempt for which there is no room is made later', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.before = promise
  const waiting = Array.from({ length: 8 }, () => seal.unseal({}, 'passphrase').catch(() => undefined))
  folder.clock.advance(1000)
  await turn()
  resolve()
  await Promise.all(waiting)
  folder.failure = undefined
  folder.clock.advance(2000)
  await turn()
  assert.equal(seal.seal.state, 'open')
})

test('attack: what a stranger gave and an operator seals before its turn stays sealed', async () => {
  const folder = new Folder().outOfReach()
  const seal = await Seal.begin(folder.options)
  const { promise, resolve } = Promise.withResolvers<void>()
  folder.before = promise
  const first = seal.unseal({}, 'passphrase').catch(() => undefined)
  const sealing = seal.sealNow()
  const stranger = assert.rejects(seal.unseal({ onlyKind: 'passphrase' }, 'passphrase'), { name: 'SealError' })
  resolve()
  await Promise.all([first, sealing, stranger])
  assert.equal(seal.seal.reason, 'an operator sealed it')
})
