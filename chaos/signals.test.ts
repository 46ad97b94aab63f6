import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, generateRecoveryKey, recoveryKey } from '@keyhold/client'
import { ENDING_SIGNALS } from '../packages/cli/src/process/die-by.ts'
import { cleanEnvironment } from '../packages/cli/test/support/vault.ts'
import { KmsKeyring } from '../packages/client/src/keyrings/kms-keyring.ts'
import { MemoryKms } from '../packages/client/test/support/memory-kms.ts'
import { needs } from '../tools/testing/needs.ts'
import { PHASES, strike } from './children/strike.ts'
import type { Phase } from './children/strike.ts'

const FILES = 60
const LARGE_BYTES = 6 * 2 ** 20
const RUNS = Number(process.env['KEYHOLD_CHAOS_RUNS'] ?? 1)
const VERBS = ['encrypt', 'decrypt', 'rewrap'] as const
type Verb = (typeof VERBS)[number]

/** The second is large, so that several threads work on it. */
const NAMES = Array.from({ length: FILES }, (_, index) => (index % 3 === 0 ? `folder/${index}` : `${index}`))
const contentOf = (index: number): Buffer => Buffer.alloc(index === 1 ? LARGE_BYTES : 2000 + index, `${index} `)

describe('signals at every moment of -r lose nothing and leave nothing', { skip: needs('strace') }, () => {
  let root: string
  let envelope: Envelope
  let env: NodeJS.ProcessEnv
  const silent = createServer(() => undefined)
  const kms = new MemoryKms()
  const arn = kms.createKey()
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'keyhold-signals-'))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const port = (): number => (silent.address() as AddressInfo).port
    env = {
      ...cleanEnvironment(),
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${port()}`,
    }
    const halves = await generateRecoveryKey()
    writeFileSync(join(root, 'r.pem'), halves.privateKey)
    writeFileSync(join(root, 'r.pub'), halves.publicKey)
    envelope = new Envelope({ keyring: recoveryKey(halves) })
    const keyring = new KmsKeyring({ kms, generator: arn })
    for (const [folder, writer] of [
      ['sealed', envelope],
      ['of-kms', new Envelope({ keyring })],
    ] as const) {
      mkdirSync(join(root, folder, 'folder'), { recursive: true })
      mkdirSync(join(root, 'plain/folder'), { recursive: true })
      for (const [index, name] of NAMES.entries()) {
        writeFileSync(join(root, 'plain', name), contentOf(index))
        writeFileSync(join(root, folder, `${name}.kh`), await writer.encrypt(contentOf(index)), { mode: 0o640 })
      }
    }
  })
  after(() => {
    silent.close()
    rmSync(root, { recursive: true })
  })

  const strikes = ENDING_SIGNALS.flatMap((signal) => [false, true].map((twice) => ({ signal, twice })))
  for (const verb of VERBS) {
    for (const phase of Object.keys(PHASES) as Phase[]) {
      for (const { signal, twice } of strikes) {
        test(`${verb}, ${phase}: ${signal}${twice ? ' twice' : ''}`, { timeout: 120_000 }, async () => {
          for (let run = 0; run < RUNS; run++) await attack(verb, { phase, signal, twice })
        })
      }
    }
  }

  async function attack(verb: Verb, one: Parameters<typeof strike>[3]): Promise<void> {
    const [input, output] = [join(root, 'input'), join(root, 'output')]
    for (const folder of [input, output]) rmSync(folder, { recursive: true, force: true })
    const isCalling = one.phase === 'calling'
    cpSync(join(root, verb === 'encrypt' ? 'plain' : isCalling ? 'of-kms' : 'sealed'), input, { recursive: true })
    let calls = 0
    const count = (): number => (calls += 1)
    silent.on('request', count)
    const inodes = new Map(namesIn(input).map((name) => [name, statSync(join(input, name)).ino]))
    const isAtWork = (): boolean =>
      isCalling
        ? calls > 0
        : verb === 'rewrap'
          ? [...inodes].some(([name, inode]) => statSync(join(input, name), { throwIfNoEntry: false })?.ino !== inode)
          : namesIn(output).length > 0
    const { code, stderr } = await strike([...argsOf(verb, isCalling), input], env, isAtWork, one)
    silent.off('request', count)
    silent.closeAllConnections()
    assert.equal(code, 128 + constants.signals[one.signal], stderr)
    assert.doesNotMatch(stderr, /^\s+at /m)
    assert.deepEqual(namesIn(input), [...inodes.keys()])
    if (verb !== 'rewrap')
      assert.deepEqual(
        [...inodes.values()],
        namesIn(input).map((name) => statSync(join(input, name)).ino),
      )
    const whole = await Promise.all(
      namesIn(verb === 'rewrap' ? input : output).map((name) => isWhole(verb, isCalling, name)),
    )
    assert.ok(whole.every(Boolean), String(whole))
  }

  function argsOf(verb: Verb, isCalling: boolean): string[] {
    const [pem, pub, output] = ['r.pem', 'r.pub', 'output'].map((name) => join(root, name)) as [string, string, string]
    const writing = isCalling ? ['-k', arn] : ['--recovery-key', pub]
    if (verb === 'encrypt') return ['encrypt', '-r', ...writing, '-o', output]
    if (verb === 'decrypt')
      return ['decrypt', '-r', ...(isCalling ? ['-k', arn] : ['--recovery-key', pem]), '-o', output]
    return ['rewrap', '-r', ...(isCalling ? ['--from-key', arn] : ['--from-recovery-key', pem]), '--recovery-key', pub]
  }

  /** A name that is none of ours is none that may be left. */
  async function isWhole(verb: Verb, isCalling: boolean, name: string): Promise<boolean> {
    const path = join(root, verb === 'rewrap' ? 'input' : 'output', name)
    const index = NAMES.indexOf(verb === 'decrypt' ? name : name.replace(/\.kh$/, ''))
    if (index < 0) return false
    const bytes = readFileSync(path)
    if (verb === 'decrypt') return bytes.equals(contentOf(index))
    if (verb === 'rewrap' && (statSync(path).mode & 0o777) !== 0o640) return false
    if (isCalling) return verb === 'rewrap' && bytes.equals(readFileSync(join(root, 'of-kms', name)))
    return contentOf(index).equals((await envelope.decrypt(bytes, { expect: ANY_CONTEXT })).plaintext)
  }
})

/** All files below a folder, and whatever else is no folder of the tree. */
function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return entries.filter((name) => name !== 'folder').toSorted()
  } catch {
    return []
  }
}
