import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { commitOf, row } from '../rows.ts'
import { sqliteSubject } from './subject.ts'

const PLANTED = `planted-${randomBytes(16).toString('hex')}`
const sealed = Buffer.from(PLANTED)

let subject: Awaited<ReturnType<typeof sqliteSubject>>
beforeEach(async () => {
  subject = await sqliteSubject()
  await subject.store.commit(commitOf({ put: [row({ table: 'material', sealed })] }))
  assert.ok(isInFiles(), 'the bytes cannot be found even before they are deleted')
})
afterEach(() => subject[Symbol.asyncDispose]())

describe('sealed bytes are in neither the database nor its log', () => {
  test('soon after their row was deleted', async () => {
    await subject.store.commit(commitOf({ delete: [{ table: 'material', id: row().id }] }))
    await logIsEmpty()
    assert.equal(isInFiles(), false)
  })

  test('soon after they were replaced, as a rewrap does', async () => {
    await subject.store.commit(commitOf({ put: [row({ table: 'material', version: 2, sealed: randomBytes(60) })] }))
    await logIsEmpty()
    assert.equal(isInFiles(), false)
  })

  test('once the reader who needed the log has finished', async () => {
    const reader = new DatabaseSync(subject.file, { readOnly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM stored_row').get()
    await subject.store.commit(commitOf({ delete: [{ table: 'material', id: row().id }] }))
    await sleep(300)
    assert.ok(isInFiles(), 'the reader does not hold the log')
    await subject.store.commit(commitOf({ put: [row({ id: 'not held up by the reader' })] }))
    reader.exec('COMMIT')
    await logIsEmpty()
    assert.equal(isInFiles(), false)
    reader.close()
  })

  test('after the next open, when the process was gone before', async () => {
    await subject.store.close()
    const writer = new DatabaseSync(subject.file)
    writer.exec('PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0; DELETE FROM stored_row')
    assert.ok(isInFiles())
    const store = await subject.another()
    assert.equal(isInFiles(), false)
    await store.close()
    writer.close()
  })

  test('and this test finds them in a store with secure_delete off', async () => {
    await using careless = await sqliteSubject({ pragmas: ['secure_delete = OFF'] })
    await careless.store.commit(commitOf({ put: [row({ table: 'material', sealed })] }))
    await careless.store.commit(commitOf({ delete: [{ table: 'material', id: row().id }] }))
    await logIsEmpty(careless.file)
    assert.equal(isInFiles(careless.file), true)
  })
})

async function logIsEmpty(file = subject.file): Promise<void> {
  for (let waitedMs = 0; waitedMs < 5000; waitedMs += 20) {
    if (statSync(`${file}-wal`).size === 0) return
    await sleep(20)
  }
  assert.fail('the log was not emptied')
}

/** In a process of its own: reading the file here would drop this process's locks on it when it is closed again. */
function isInFiles(file = subject.file): boolean {
  const command = `cat '${file}' '${file}-wal' 2>/dev/null | grep -c -a '${PLANTED}' || true`
  return execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim() !== '0'
}
