import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationName } from '@keyhold/protocol'
import { needs } from '../../../../../tools/testing/needs.ts'
import { type SystemCall, systemCalls } from '../../vault/storage/sqlite/strace.ts'
import { temporaryFolder } from '../../vault/storage/sqlite/subject.ts'
import { Vault } from './support/vault.ts'

const NOT_SYNCHRONOUS = new URL('./children/not-synchronous.ts', import.meta.url)
const TRACED = 'trace=fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg'

/** What the server did on files between the answer before and the first byte of the answer to one request. */
type Deeds = Record<'createKey' | 'generateDataKey', SystemCall[]>

describe('an answer leaves only after what it says is on disk', { skip: needs('strace'), concurrency: true }, () => {
  test('a change is flushed to the database log, then its record to the audit log, before the first byte', async () => {
    const { createKey, generateDataKey } = await traced({})
    assert.deepEqual(flushed(createKey), { database: true, audit: true })
    assert.equal(flushed(generateDataKey).audit, true)
  })

  test('and this test fails a server whose database is not synchronous', async () => {
    const { createKey } = await traced({ preload: NOT_SYNCHRONOUS })
    assert.deepEqual(flushed(createKey), { database: false, audit: true })
  })

  test('and one whose audit log only hands records to the system', async () => {
    const { createKey, generateDataKey } = await traced({ durability: 'write' })
    assert.deepEqual(flushed(createKey), { database: true, audit: false })
    assert.equal(flushed(generateDataKey).audit, false)
  })
})

async function traced({ preload, durability }: { preload?: URL; durability?: 'write' }): Promise<Deeds> {
  const traces = await temporaryFolder()
  const log = join(traces.path, 'strace.log')
  await using vault = await Vault.create()
  const under = ['strace', '-f', '-y', '-o', log, '-e', TRACED]
  await using server = await vault.start({ durability }, { under, ...(preload && { preload }) })
  using client = vault.client(server)
  const keyId = await client.createKey()
  const asked: [OperationName, object][] = [
    ['GenerateRandom', { NumberOfBytes: 16 }],
    ['CreateKey', {}],
    // What follows the answer to a change, such as clearing the outbox, falls before this one's answer.
    ['GenerateRandom', { NumberOfBytes: 16 }],
    ['GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }],
  ]
  for (const [operation, input] of asked) {
    await sleep(200)
    await client.ok(operation, input)
  }
  await server.stop()
  const calls = await systemCalls(log)
  await traces.remove()
  const [, , createKey = [], , generateDataKey = []] = beforeEachAnswer(calls)
  return { createKey, generateDataKey }
}

function beforeEachAnswer(calls: readonly SystemCall[]): SystemCall[][] {
  const answers = calls.filter((call) => call.file.startsWith('socket:') && call.arguments.includes('"HTTP/1.1 200 '))
  return answers.map(({ startedAt: end }, index) => {
    const start = answers[index - 1]?.startedAt ?? 0
    return calls.filter((call) => call.startedAt > start && call.endedAt < end)
  })
}

/** Which logs were flushed after bytes had been written to them: the database's before its record is written. */
function flushed(calls: readonly SystemCall[]): { database: boolean; audit: boolean } {
  const audit = firstFlush(calls, (file) => /\/audit\/[^/]+\/\d+\.log$/.test(file))
  assert.ok(audit.written, 'nothing was written to the audit log')
  const before = calls.filter(({ endedAt }) => endedAt < (audit.written?.startedAt ?? 0))
  const database = firstFlush(before, (file) => file.endsWith('keyhold.db-wal'))
  return { database: database.flushed !== undefined, audit: audit.flushed !== undefined }
}

function firstFlush(
  calls: readonly SystemCall[],
  isLog: (file: string) => boolean,
): Partial<Record<'written' | 'flushed', SystemCall>> {
  const ofLog = calls.filter(({ file }) => isLog(file))
  const written = ofLog.find(({ name }) => name.startsWith('pwrite'))
  const flushed = ofLog.find(({ name, startedAt }) => name.endsWith('sync') && written && startedAt > written.endedAt)
  return { ...(written && { written }), ...(flushed && { flushed }) }
}
