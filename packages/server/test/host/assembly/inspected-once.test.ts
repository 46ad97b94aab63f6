import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { verifyFolder } from '../../../src/index.ts'
import { Vault } from './support/vault.ts'

test('audit verify inspects the database once', async (t) => {
  await using vault = await Vault.create()
  await (await vault.serve()).stop()
  let inspections = 0
  // A small database is inspected on this thread, any other on one that is started for it.
  const prepare = t.mock.method(DatabaseSync.prototype, 'prepare')
  const started = (): void => void (inspections += 1)
  subscribe('worker_threads', started)
  try {
    assert.deepEqual((await verifyFolder(vault.folder)).problems, [])
  } finally {
    unsubscribe('worker_threads', started)
  }
  inspections += prepare.mock.calls.filter((call) => call.arguments[0].includes('integrity_check')).length
  assert.equal(inspections, 1)
})
