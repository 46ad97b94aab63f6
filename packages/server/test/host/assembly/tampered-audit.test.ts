import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { operator, verifyFolder } from '../../../src/index.ts'
import { cellsOf, isUnsound, removeRow, runOn } from './support/audit-deeds.ts'
import { TamperedFolders } from './support/tampered-folder.ts'

// The same after an orderly stop, and after the service ran on: chaos/tampered-audit.test.ts.
describe('whatever is done to the evidence of a server that was killed, verify says so', () => {
  let folders: TamperedFolders
  before(async () => {
    folders = await TamperedFolders.create()
  })
  after(() => folders[Symbol.asyncDispose]())

  test('nothing was done: sound, and still so after the service ran on', async () => {
    const folder = folders.copy('killed')
    assert.deepEqual((await verifyFolder(folder.path)).problems, [])
    await runOn(folder)
    assert.deepEqual((await verifyFolder(folder.path)).problems, [])
  })

  for (const [name, deed] of cellsOf('killed')) {
    test(name, async () => {
      const folder = folders.copy('killed')
      deed(folder)
      assert.ok(await isUnsound(folder))
    })
  }

  test('an operator who accepts a database without its audit key can go on, and verify says so', async () => {
    const folder = folders.copy('killed')
    removeRow('setting', () => 'audit-key')(folder)
    await assert.rejects(runOn(folder))
    await operator.acceptDatabase(folder.path)
    await runOn(folder)
    const { problems } = await verifyFolder(folder.path)
    assert.ok(problems.some(({ message }) => message === 'the stream is signed by another key'))
  })
})
