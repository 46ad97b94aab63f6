import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from '@keyhold/protocol'
import { RootError } from '../../../src/vault/root/root-error.ts'
import type { RootProvider, UnsealedRoot } from '../../../src/vault/root/root.ts'

/** A root of its own, and the providers that lead to it. */
export interface RootSubject {
  id: string
  provider: RootProvider
  /** The same root by another way, or once more by the same. */
  another: RootProvider
  /** The key, in every form in which it may be written; none where nothing outside the provider has it. */
  keyTexts: readonly string[]
}

const CONTEXT = ['domain-key', 'eu-central-1', '1']
const MESSAGE = Buffer.from('a row')

/** The contract of RootProvider and of the UnsealedRoot that it opens, sentence by sentence, for every implementation. */
export function rootContract(name: string, open: () => Promise<RootSubject>): void {
  const unsealed = async (subject?: RootSubject): Promise<UnsealedRoot> => {
    const { id, provider } = subject ?? (await open())
    return provider.unseal(id)
  }

  test(`${name}: opens the root that is asked for, and refuses to take it for any other`, async () => {
    const { id, provider } = await open()
    const root = await provider.unseal(id)
    assert.equal(root.id, id)
    assert.equal(root.generation, 1)
    for (const other of ['6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11', '', id.toUpperCase()]) {
      await assert.rejects(provider.unseal(other), (error) => error instanceof RootError && error.code === 'foreign')
    }
  })

  test(`${name}: what it wrapped is unwrapped by whatever leads to the same root, and by no other root`, async () => {
    const subject = await open()
    const root = await unsealed(subject)
    const wrapped = await root.wrap(CONTEXT, secret())
    for (const provider of [subject.provider, subject.another]) {
      assert.equal(await opened(await provider.unseal(subject.id), CONTEXT, wrapped), 'a domain key')
    }
    assert.equal(await opened(await unsealed(), CONTEXT, wrapped), undefined)
  })

  test(`${name}: only the same context unwraps`, async () => {
    const root = await unsealed()
    const wrapped = await root.wrap(CONTEXT, secret())
    const others = [[], ['domain-key'], ['domain-key', 'eu-central-11', ''], [...CONTEXT, ''], CONTEXT.toReversed()]
    for (const context of others) assert.equal(await opened(root, context, wrapped), undefined, context.join())
  })

  test(`${name}: no wrapped bytes are unwrapped when any bit differs, or when they are cut`, async () => {
    const root = await unsealed()
    const wrapped = await root.wrap(CONTEXT, secret())
    for (let bit = 0; bit < wrapped.byteLength * 8; bit++) {
      const changed = Uint8Array.from(wrapped)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(await opened(root, CONTEXT, changed), undefined, `bit ${bit}`)
    }
    for (let length = 0; length < wrapped.byteLength; length++) {
      assert.equal(await opened(root, CONTEXT, wrapped.subarray(0, length)), undefined, `${length} bytes`)
    }
  })

  test(`${name}: a secret that is wrapped stays its owner's`, async () => {
    using kept = secret()
    const root = await unsealed()
    await root.wrap(CONTEXT, kept)
    assert.equal(Buffer.from(kept.reveal()).toString(), 'a domain key')
  })

  test(`${name}: MACs depend on the root, the context and the message, and on nothing else`, async () => {
    const subject = await open()
    const root = await unsealed(subject)
    const first = await mac(root, ['a'], MESSAGE)
    assert.match(first, /^[0-9a-f]{64}$/)
    assert.equal(await mac(await subject.another.unseal(subject.id), ['a'], MESSAGE), first)
    const others = await Promise.all([
      mac(root, ['b'], MESSAGE),
      mac(root, ['a', ''], MESSAGE),
      mac(root, ['a'], Buffer.from('a roW')),
      mac(await unsealed(), ['a'], MESSAGE),
    ])
    assert.equal(new Set([first, ...others]).size, 5)
  })

  test(`${name}: the ledger's key is that of the root, and works after the root was destroyed`, async () => {
    const subject = await open()
    const root = await unsealed(subject)
    const key = await root.ledgerKey()
    await root.destroy()
    assert.equal(bytesOf(key), bytesOf(await (await subject.another.unseal(subject.id)).ledgerKey()))
    assert.notEqual(bytesOf(key), bytesOf(await (await unsealed()).ledgerKey()))
  })

  test(`${name}: a destroyed root does nothing any more, and its provider opens another`, async () => {
    const subject = await open()
    const [root, other] = [await unsealed(subject), await unsealed(subject)]
    const wrapped = await root.wrap(CONTEXT, secret())
    await root.destroy()
    await assert.rejects(root.wrap(CONTEXT, secret()), /sealed/)
    await assert.rejects(root.unwrap(CONTEXT, wrapped), /sealed/)
    await assert.rejects(root.mac(CONTEXT, wrapped), /sealed/)
    await assert.rejects(root.ledgerKey(), /sealed/)
    await root.destroy()
    for (const open of [other, await unsealed(subject)]) {
      assert.equal(await opened(open, CONTEXT, wrapped), 'a domain key')
    }
  })

  test(`${name}: neither inspection, JSON nor the description shows the key`, async () => {
    const { id, provider, keyTexts } = await open()
    const root = await provider.unseal(id)
    assert.deepEqual(JSON.parse(JSON.stringify(root)), { id, generation: 1 })
    const shown = [root, provider].flatMap((one) => [JSON.stringify(one), inspect(one, { depth: 9, showHidden: true })])
    for (const text of [...shown, provider.description]) {
      for (const key of keyTexts) assert.ok(!text.includes(key))
    }
  })
}

function secret(): Secret {
  return Secret.of(Buffer.from('a domain key'))
}

async function opened(
  root: UnsealedRoot,
  context: readonly string[],
  wrapped: Uint8Array,
): Promise<string | undefined> {
  const unwrapped = await root.unwrap(context, wrapped)
  return unwrapped && Buffer.from(unwrapped.reveal()).toString()
}

async function mac(root: UnsealedRoot, context: readonly string[], message: Uint8Array): Promise<string> {
  return Buffer.from(await root.mac(context, message)).toString('hex')
}

function bytesOf(key: KeyObject): string {
  return key.export().toString('hex')
}
