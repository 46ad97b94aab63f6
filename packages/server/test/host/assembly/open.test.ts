import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dev, operator, serve } from '../../../src/index.ts'
import { type EngineOptions, openEngine, type SealedFolder, sealedFolder } from '../../../src/host/assembly/open.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'
import type { UnsealedRoot } from '../../../src/vault/root/root.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { Vault } from './support/vault.ts'

/** A call of the root or the clock that fails, as what holds a key may, or be out of reach. */
class Failing {
  calls = 0
  readonly #failing: number

  /** The first call is number 1. */
  constructor(failing: number) {
    this.#failing = failing
  }

  call<T>(work: () => T): T {
    this.calls += 1
    if (this.calls === this.#failing) throw new Error('this call fails')
    return work()
  }
}

interface Watched extends SealedFolder {
  /** Roots that are open. */
  unsealed: Set<UnsealedRoot>
}

/** A folder whose root's calls are counted, and of whose roots is known which are open. */
async function watched(folder: string, failing = new Failing(0)): Promise<Watched> {
  const sealed = await sealedFolder(folder)
  const unsealed = new Set<UnsealedRoot>()
  const providers = sealed.providers.map(({ description, unseal }) => ({
    description,
    unseal: async (id: string): Promise<UnsealedRoot> => {
      const inner = await failing.call(() => unseal(id))
      const root: UnsealedRoot = {
        id: inner.id,
        generation: inner.generation,
        generations: inner.generations,
        wrap: async (context, secret) => failing.call(() => inner.wrap(context, secret)),
        unwrap: async (context, wrapped) => failing.call(() => inner.unwrap(context, wrapped)),
        mac: async (context, message) => failing.call(() => inner.mac(context, message)),
        ledgerKey: async () => failing.call(() => inner.ledgerKey()),
        destroy: async () => void unsealed.delete(root),
      }
      unsealed.add(root)
      return root
    },
  }))
  return { ...sealed, providers, unsealed }
}

/** The files in `folder` that this process has open, by name. */
function openFiles(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      return path.startsWith(folder) ? [path.slice(folder.length)] : []
    } catch {
      return [] // the descriptor of the listing itself
    }
  })
}

const LINUX = { skip: process.platform !== 'linux' && 'needs /proc' }
const CHANGE: EngineOptions = { use: 'change', clock: systemClock, durability: 'write', logger: silentLogger }

test('whichever call of the root fails, nothing stays open', LINUX, async () => {
  await using vault = await Vault.create()
  for (let failing = 1; ; failing += 1) {
    const sealed = await watched(vault.folder, new Failing(failing))
    const engine = await openEngine(sealed, CHANGE).catch((error: Error) => {
      assert.match(error.message, /this call fails/)
    })
    if (engine === undefined) {
      assert.deepEqual([openFiles(vault.folder), sealed.unsealed.size], [[], 0], `call ${failing}`)
      continue
    }
    assert.ok(openFiles(vault.folder).length > 0 && sealed.unsealed.size === 1)
    await engine.close()
    assert.deepEqual([openFiles(vault.folder), sealed.unsealed.size], [[], 0])
    assert.ok(failing > 4, `${failing - 1} calls`)
    return
  }
})

test('whichever step fails, everything before it is closed', LINUX, async () => {
  await using vault = await Vault.create()
  const refuses = async (error: RegExp, options = CHANGE): Promise<void> => {
    const sealed = await watched(vault.folder)
    await assert.rejects(openEngine(sealed, options), error)
    assert.deepEqual([openFiles(vault.folder), sealed.unsealed.size], [[], 0])
  }
  await refuses(/no time/, { ...CHANGE, clock: () => Promise.reject(new Error('no time')) })
  await rename(join(vault.folder, 'audit'), join(vault.folder, '..', 'audit'))
  await writeFile(join(vault.folder, 'audit'), '', { mode: 0o600 })
  await refuses(/EEXIST|ENOTDIR/)
  await rm(join(vault.folder, 'keyhold.db'))
  await refuses(/keyhold\.db/)
})

test('when a step after the audit log fails, the stream that was begun is ended', LINUX, async () => {
  await using vault = await Vault.create()
  const counted = new Failing(0)
  const timed = (failing: Failing): EngineOptions => ({
    ...CHANGE,
    clock: { ...systemClock, now: () => failing.call(() => systemClock.now()) },
  })
  const engine = await openEngine(await watched(vault.folder), timed(counted))
  // The last step that looks at the clock is the uses of keys.
  const last = counted.calls
  await engine.close()
  const sealed = await watched(vault.folder)
  await assert.rejects(openEngine(sealed, timed(new Failing(last))), /this call fails/)
  assert.deepEqual([openFiles(vault.folder), sealed.unsealed.size], [[], 0])
  const audit = join(vault.folder, 'audit')
  for (const stream of await readdir(audit)) assert.deepEqual(await readdir(join(audit, stream)), ['00000001.log'])
  assert.ok((await vault.verify()).streams.every(({ ended }) => ended))
})

test('what a command opens is closed when it fails, such as a server that cannot listen', LINUX, async () => {
  await using vault = await Vault.create()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const issuers = [{ issuer: 'http://no.issuer', audiences: ['a'], jwks: { file: '/nothing' } }]
  const common = { folder: vault.folder, logLevel: 'silent', reserveMebibytes: 1 } as const
  await assert.rejects(serve({ ...common, port }), { name: 'ListenError' })
  await assert.rejects(serve({ ...common, port: 0, oidcIssuers: issuers }), /issuer/)
  await assert.rejects(operator.disableAccessKey(vault.folder, 'AKIANONE', { andSessions: true }))
  assert.deepEqual(openFiles(vault.folder), [])
  assert.ok((await vault.verify()).streams.every(({ ended }) => ended))

  const temporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('keyhold-dev-'))
  const before = temporary()
  await assert.rejects(dev({ port, logLevel: 'silent' }), { name: 'ListenError' })
  assert.deepEqual(
    temporary().filter((name) => !before.includes(name)),
    [],
  )
  assert.deepEqual(openFiles(join(tmpdir(), 'keyhold-dev-')), [])
  taken.close()
})
