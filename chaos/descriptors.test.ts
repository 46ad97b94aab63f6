import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Envelope, generateRecoveryKey, recoveryKey } from '@keyhold/client'
import { DATA_VERBS } from '../packages/cli/test/support/verb-table.ts'
import type { DataVerb } from '../packages/cli/test/support/verb-table.ts'
import { needs } from '../tools/testing/needs.ts'
import { runPlugged } from './children/plugged.ts'
import type { Ending, Plug } from './children/plugged.ts'

/** What a kind leads to. `whole`: 0, and all bytes. `fails`: another exit code than 0 and 1. A number: that exit code. */
type Outcome = 'whole' | 'fails' | number

/** A message that is read from it. */
const SOURCES: Readonly<Record<string, Outcome>> = {
  file: 'whole',
  append: 'whole',
  pipe: 'whole',
  fifo: 'whole',
  socketpair: 'whole',
  block: 'whole',
  datagram: 'fails',
  pty: 'fails',
  'write-only': 'fails',
  folder: 'fails',
  null: 'fails',
  zero: 'fails',
  full: 'fails',
  closed: 'fails',
  'pipe-silent': 143,
  'fifo-alone': 143,
}
/** Any bytes are a plaintext, none and those that never end too. */
const PLAINTEXT_SOURCES: typeof SOURCES = { ...SOURCES, pty: 'whole', null: 'whole', zero: 143, full: 143 }

const SINKS: Readonly<Record<string, Outcome>> = {
  file: 'whole',
  append: 'whole',
  pipe: 'whole',
  fifo: 'whole',
  socketpair: 'whole',
  block: 'whole',
  pty: 'whole',
  null: 0,
  closed: 0, // Node puts /dev/null there, which cannot be told from one that was meant
  datagram: 'fails',
  'pipe-gone': 141,
  'socket-gone': 141,
  'pty-gone': 'fails',
  'block-small': 9,
  full: 9,
  'read-only': 9,
  folder: 9,
}

/** Output cannot be written, and the work is still done. */
const ERROR_SINKS = [
  'file',
  'append',
  'pipe',
  'fifo',
  'socketpair',
  'pty',
  'null',
  'closed',
  'datagram',
  'pipe-gone',
].concat(['socket-gone', 'pty-gone', 'block', 'full', 'read-only', 'folder'])

interface Row extends Plug {
  name: string
  expects: Outcome
  /** What a whole output is of. */
  holds(out: Buffer): Promise<boolean>
}

const STOP_MS = 6000
const SECTOR_BYTES = 512
const TEXT = 'A line of the ledger.\n'

describe('all kinds of descriptors under all verbs for data', { skip: needs('python3') }, () => {
  let folder: string
  let envelope: Envelope
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keyhold-table-'))
    const { privateKey, publicKey } = await generateRecoveryKey()
    writeFileSync(join(folder, 'r.pem'), privateKey)
    writeFileSync(join(folder, 'r.pub'), publicKey)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(folder, 'rsa.pub'), rsa.publicKey.export({ type: 'spki', format: 'pem' }))
    envelope = new Envelope({ keyring: recoveryKey({ publicKey, privateKey }) })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [verb, data] of Object.entries(DATA_VERBS)) {
    test(verb, { timeout: 3_600_000 }, async (scope) => {
      const rows = await rowsOf(data)
      const endings = await runPlugged(rows, folder)
      for (const [index, row] of rows.entries()) {
        const ending = endings[index]!
        await scope.test(row.name, { skip: typeof ending === 'string' && ending }, () => judge(row, ending as Ending))
      }
    })
  }

  async function rowsOf({ args, reads, prints, binary }: DataVerb): Promise<Row[]> {
    const plain = Buffer.from(TEXT.repeat(reads === 'small message' ? 20 : 20_000)).subarray(0, -1)
    const { input, plaintext } = reads === 'plaintext' ? inSectors(plain) : await messageInSectors(plain)
    const base = { args, input, stdin: 'file' }
    const holds = holdsFor(prints, plaintext, base)
    const sources = Object.entries(reads === 'plaintext' ? PLAINTEXT_SOURCES : SOURCES).map(([kind, expects]): Row => {
      const typed = reads === 'plaintext' && kind === 'pty' ? Buffer.from(TEXT) : undefined
      const source = kind === 'null' ? Buffer.of() : (typed ?? plaintext)
      const stop = expects === 143 ? { stopMs: STOP_MS, stdout: 'null' } : {} // some never end
      const own = holdsFor(prints, source, base)
      return { ...base, ...stop, ...(typed && { input: typed }), name: `< ${kind}`, stdin: kind, expects, holds: own }
    })
    const sinks = Object.entries(SINKS).map(([kind, usual]): Row => {
      const expects = prints === 'nothing' ? 0 : binary === true && kind === 'pty' ? 2 : usual
      return { ...base, name: `> ${kind}`, stdout: kind, expects, holds }
    })
    const errors = ERROR_SINKS.flatMap((kind): Row[] => [
      { ...base, name: `2> ${kind}`, stderr: kind, expects: 'whole', holds },
      { ...base, name: `2> ${kind}, wrong use`, args: [args[0]!, '--bogus'], stderr: kind, expects: 2, holds },
    ])
    // What exec runs writes by itself.
    return prints === 'value' ? sources : [...sources, ...sinks, ...errors]
  }

  function holdsFor(prints: DataVerb['prints'], plaintext: Buffer, base: Plug): Row['holds'] {
    switch (prints) {
      case 'message':
        return async (out) => plaintext.equals(await opened(out))
      case 'plaintext':
        return (out) =>
          Promise.resolve(plaintext.equals(out.subarray(0, plaintext.length)) && isPadding(out, plaintext))
      case 'value':
        return (out) => Promise.resolve(out.subarray(0, plaintext.length).equals(plaintext))
      case 'nothing':
        return (out) => Promise.resolve(out.length === 0)
      case 'facts': {
        let facts: Promise<Buffer> | undefined
        return async (out) => {
          facts ??= runPlugged([base], folder).then(([ending]) => (ending as Ending).out)
          return (await facts).equals(out.subarray(0, (await facts).length))
        }
      }
    }
  }

  /** A device is longer than what was written to it. */
  async function opened(out: Buffer): Promise<Buffer> {
    try {
      return Buffer.from((await envelope.decrypt(out, { expect: {} })).plaintext)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== 'TRAILING_BYTES') throw error
      const end = out.findLastIndex((byte) => byte !== 0) + 1
      return Buffer.from((await envelope.decrypt(out.subarray(0, end), { expect: {} })).plaintext)
    }
  }

  /** The message is as long as some sectors of a device, which is read to its end. */
  async function messageInSectors(plain: Buffer): Promise<{ input: Buffer; plaintext: Buffer }> {
    for (let plaintext = plain; ; plaintext = Buffer.concat([plaintext, Buffer.from('.')])) {
      const input = Buffer.from(await envelope.encrypt(plaintext))
      if (input.length % SECTOR_BYTES === 0) return { input, plaintext }
    }
  }
})

function inSectors(plain: Buffer): { input: Buffer; plaintext: Buffer } {
  const plaintext = plain.subarray(0, plain.length - (plain.length % SECTOR_BYTES))
  return { input: plaintext, plaintext }
}

function isPadding(out: Buffer, plaintext: Buffer): boolean {
  return out.subarray(plaintext.length).every((byte) => byte === 0)
}

async function judge(row: Row, { code, out, err }: Ending): Promise<void> {
  assert.doesNotMatch(err, /^\s+at /m, 'no stack trace')
  if (row.expects === 'whole') {
    assert.equal(code, 0, err)
    assert.ok(await row.holds(out), `all bytes, not ${out.length}`)
  } else if (row.expects === 'fails') assert.ok(code !== 'hangs' && code > 1, `${code} ${err}`)
  else assert.equal(code, row.expects, err)
}
