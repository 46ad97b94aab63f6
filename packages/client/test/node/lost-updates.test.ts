import assert from 'node:assert/strict'
import { chmod, open, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import {
  ANY_CONTEXT,
  createKeyFile,
  Envelope,
  EnvelopeError,
  keyNames,
  rawAes,
  readKeyFile,
  rewrapKeyFile,
} from '../../src/index.ts'
import type { KeyArn, Keyring } from '../../src/index.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { changer } from '../support/changers.ts'
import { MemoryKms } from '../support/memory-kms.ts'
import { chunked, pattern, testEnvelope } from '../support/messages.ts'

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected
const local = (name: string): Keyring => rawAes({ namespace: 'n', name, wrappingKey: pattern(32) })

const byText = (one: string, other: string): number => (one < other ? -1 : 1)

describe('a change', () => {
  test(
    'of a message by a program that knows no lock is not rolled back by rewrapping it',
    { skip: needs('perl') },
    async () => {
      await using files = await folder()
      const first = new Envelope({
        keyring: rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) }),
        signed: false,
      })
      await writeFile(files.path('a'), await first.encrypt(pattern(10), { context: { version: '0' } }))
      const [written, one, other] = await Promise.all([
        changer('write', files.path('a'), 80),
        changer('rewrap', files.path('a'), 15),
        changer('rewrap', files.path('a'), 15),
      ])
      assert.equal(written!['rolledBack'], 0, JSON.stringify(written))
      assert.ok(one!['done']! + other!['done']! > 0, JSON.stringify([one, other]))
      assert.deepEqual(await files.names(), ['a'])
    },
  )

  test('of a key file is not lost among many, and a key that was removed stays so', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [always, ...keys] = Array.from({ length: 17 }, () => kms.createKey())
    const [first, second] = [keys.slice(0, 8), keys.slice(8)]
    const paths = ['key', 'link'].map((name) => files.path(name))
    await createKeyFile(paths[0]!, { keyring: new KmsKeyring({ kms, generator: always! }) })
    await symlink('key', paths[1]!)
    const change = (index: number, changes: { add: KeyArn[]; remove?: KeyArn[] }): Promise<unknown> =>
      rewrapKeyFile(paths[index % 2]!, { kms, from: [always!], ...changes })
    await Promise.all(first.map((key, index) => change(index, { add: [key] })))
    assert.deepEqual(keyNames(await readKeyFile(paths[0]!)).toSorted(byText), [always!, ...first].toSorted(byText))
    await Promise.all(first.map((key, index) => change(index, { add: [second[index]!], remove: [key] })))
    assert.deepEqual(keyNames(await readKeyFile(paths[0]!)).toSorted(byText), [always!, ...second].toSorted(byText))
    assert.deepEqual(await files.names(), ['key', 'link'])
  })

  for (const [what, change] of [
    [
      'of the same length at the same time',
      async (path: string) => {
        const { atime, mtime } = await stat(path)
        const bytes = await readFile(path)
        bytes[bytes.length - 1]! ^= 1
        await writeFile(path, bytes)
        await utimes(path, atime, mtime)
      },
    ],
    ['of permissions alone', (path: string) => chmod(path, 0o600)],
    ['of the name alone', (path: string) => rename(path, `${path}.old`)],
  ] as const) {
    test(`${what} is noticed`, async () => {
      await using files = await folder()
      const { envelope } = testEnvelope()
      await envelope.encryptFile(chunked(pattern(10), 5), files.path('a'))
      await chmod(files.path('a'), 0o640)
      let after: unknown
      const keyring: Keyring = {
        onEncrypt: async (request) => {
          await change(files.path('a'))
          after = await files.names()
          return local('new').onEncrypt(request)
        },
        onDecrypt: (request) => local('new').onDecrypt(request),
      }
      const rewrapping = new Envelope({ keyring }).rewrapFile(files.path('a'), files.path('a'), {
        from: envelope,
        expect: ANY_CONTEXT,
      })
      await assert.rejects(rewrapping, code('CONFLICT'))
      assert.deepEqual(
        (await files.names()).filter((name) => !name.startsWith('.')),
        (after as string[]).filter((name) => !name.startsWith('.')),
      )
    })
  }

  test('that comes before the source was opened by its name is not overwritten either', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    await envelope.encryptFile(chunked(pattern(10), 5), files.path('a'))
    await envelope.encryptFile(chunked(pattern(10), 5), files.path('b'))
    const source = await open(files.path('a'))
    await rename(files.path('b'), files.path('a'))
    const newer = await readFile(files.path('a'))
    await assert.rejects(
      envelope.rewrapFile(source, files.path('a'), { expect: ANY_CONTEXT, inPlace: true }),
      code('CONFLICT'),
    )
    await source.close()
    assert.deepEqual(await readFile(files.path('a')), newer)
    assert.deepEqual(await files.names(), ['a'])
  })
})
