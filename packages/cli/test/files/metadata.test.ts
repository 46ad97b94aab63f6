import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Envelope, rawAes } from '@keyhold/client'
import { openMetadata } from '../../src/files/metadata.ts'
import { temporaryFolder } from '../support/vault.ts'

const envelope = new Envelope({ keyring: rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) }) })
const { header } = await envelope.decrypt(await envelope.encrypt(Buffer.of(1), { context: { tenant: '\u009b' } }), {
  expect: {},
})

function linesOf(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  assert.equal(lines.pop(), '')
  return lines.map((line) => JSON.parse(line) as unknown)
}

test('every file is a line, also when several end at once, and lines are added', async (scope) => {
  const path = join(temporaryFolder(scope), 'metadata')
  for (let round = 0; round < 2; round++) {
    await using log = await openMetadata({ metadataOutput: path })
    const names = ['a', 'b', 'c']
    await Promise.all(names.map((input) => log.done({ command: 'encrypt', input, output: `${input}.kh` }, header)))
  }
  const lines = linesOf(path)
  assert.equal(lines.length, 6)
  assert.partialDeepStrictEqual(lines[5], {
    command: 'encrypt',
    input: 'c',
    output: 'c.kh',
    header: {
      messageVersion: 2,
      suite: { id: '0x0578', signed: true },
      encryptionContext: { tenant: '\u009b' },
      encryptedDataKeys: [{ provider: 'n' }],
      frameLength: 65_536,
    },
  })
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a file that failed says so, and nothing can steer a terminal', async (scope) => {
  const path = join(temporaryFolder(scope), 'metadata')
  writeFileSync(path, 'from before')
  await using log = await openMetadata({ metadataOutput: path, overwriteMetadata: true })
  await log.failed({ command: 'verify', input: '\u001b[2J\u202e' }, { exitCode: 5, message: 'changed' })
  await log.done({ command: 'verify', input: 'b', boundPath: 'b' }, header)
  const [failed, done] = linesOf(path)
  const error = { exitCode: 5, message: 'changed' }
  assert.deepEqual(failed, { command: 'verify', input: '\u001b[2J\u202e', error })
  assert.partialDeepStrictEqual(done, { input: 'b', boundPath: 'b' })
  assert.doesNotMatch(readFileSync(path, 'utf8'), /[\u001b\u202e\u009b]/)
})

test('a full disk fails the writer', { skip: process.platform !== 'linux' }, async () => {
  await using log = await openMetadata({ metadataOutput: '/dev/full' })
  await assert.rejects(log.done({ command: 'verify', input: 'a' }, header), {
    name: 'FileError',
    message: /no space is left/,
  })
  await assert.rejects(log.done({ command: 'verify', input: 'b' }, header), {
    name: 'FileError',
    message: /no space is left/,
  })
})

test('without the flag there is no report', async () => {
  await using log = await openMetadata({})
  await log.done({ command: 'verify', input: 'a' }, header)
})
