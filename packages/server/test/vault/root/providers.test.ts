import assert from 'node:assert/strict'
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { ephemeralRoot } from '../../../src/vault/root/ephemeral-root.ts'
import { createFileRoot } from '../../../src/vault/root/file-root.ts'
import { providerAt, unsealByAny } from '../../../src/vault/root/providers.ts'
import { RootError } from '../../../src/vault/root/root-error.ts'
import type { RootProvider } from '../../../src/vault/root/root.ts'
import type { LogFields } from '../../../src/platform/logger.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { rootContract, type RootSubject } from './contract.ts'

const folder = await mkdtemp(join(tmpdir(), 'keyhold-providers-'))
after(() => rm(folder, { recursive: true }))

const at = (file: string): RootProvider => providerAt({ kind: 'file', file }, folder, systemRandom)

/** A root in a file, and a copy of the file. */
async function twoFiles(): Promise<RootSubject & { file: string; copy: string }> {
  const file = join(folder, systemRandom.uuid())
  const copy = `${file}.copy`
  const id = await createFileRoot(file, systemRandom)
  await copyFile(file, copy)
  const hex = /^key ([0-9a-f]{64})$/m.exec(await readFile(file, 'latin1'))?.[1] ?? assert.fail('no key')
  return { id, file, copy, provider: at(file), another: at(copy), keyTexts: [hex, Buffer.from(hex, 'hex').join(', ')] }
}

rootContract('a root file', twoFiles)
rootContract('a root in memory', async () => {
  const provider = ephemeralRoot(systemRandom)
  return { id: provider.id, provider, another: provider, keyTexts: [] }
})

const codes: unknown[] = []
const logger = { ...silentLogger, warn: (_: string, facts?: LogFields) => void codes.push(codeOf(facts?.['error'])) }
const codeOf = (error: unknown): unknown => (error instanceof RootError ? error.code : error)

test('of several providers each is enough: whichever is lost, what one wrapped the others unwrap', async () => {
  const { id, file, copy, provider, another } = await twoFiles()
  const wrapped = await (await unsealByAny([provider, another], id, logger)).wrap(['c'], Secret.of(Buffer.from('key')))
  assert.deepEqual(codes, [])
  const LOSSES: Readonly<Record<string, () => Promise<void>>> = {
    missing: () => rm(file),
    damaged: async () => writeFile(file, 'no root', { mode: 0o600 }),
    permissions: () => chmod(file, 0o644),
    foreign: async () => {
      await rm(file)
      await createFileRoot(file, systemRandom)
    },
  }
  for (const [code, lose] of Object.entries(LOSSES)) {
    await lose()
    const root = await unsealByAny([provider, another], id, logger)
    assert.equal(Buffer.from((await root.unwrap(['c'], wrapped))?.reveal() ?? '').toString(), 'key', code)
    assert.deepEqual(codes.splice(0), [code])
  }
  await rm(copy)
  const error = await unsealByAny([provider, another], id, logger).catch((reason: unknown) => reason)
  assert.ok(error instanceof RootError && error.code === 'foreign')
  assert.match(error.message, /Name the file.*does not exist/)
})

test('the only provider says itself what is wrong', async () => {
  const provider = at(join(folder, 'nothing'))
  const [alone, direct] = await Promise.all(
    [unsealByAny([provider], 'id', logger), provider.unseal('id')].map((attempt) =>
      attempt.catch((error: unknown) => error as Error),
    ),
  )
  assert.ok(alone instanceof RootError && direct instanceof RootError)
  assert.equal(alone.message, direct.message)
})

test('a provider that is none is refused, and hinders no other', async () => {
  const { id, another } = await twoFiles()
  const unknown = providerAt({ kind: 'pkcs11' }, folder, systemRandom)
  for (const provider of [unknown, providerAt({ kind: 'file' }, folder, systemRandom)]) {
    await assert.rejects(provider.unseal(id), { name: 'RootError', code: 'unsupported' })
    assert.equal((await unsealByAny([provider, another], id, silentLogger)).id, id)
  }
  await assert.rejects(unsealByAny([], id, logger), { name: 'RootError', code: 'missing' })
})

test('a bug in a provider is not taken for a root that cannot be opened', async () => {
  const { id, another } = await twoFiles()
  const broken = { description: 'broken', unseal: () => Promise.reject(new TypeError('a bug')) }
  await assert.rejects(unsealByAny([broken, another], id, logger), TypeError)
})
