import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { cellsOf, isUnsound, runOn } from '../packages/server/test/host/assembly/support/audit-deeds.ts'
import { TamperedFolders } from '../packages/server/test/host/assembly/support/tampered-folder.ts'
import { verifyFolder } from '../packages/server/src/index.ts'

describe('whatever is done to the evidence, verify says so, at once and after the service ran on', () => {
  let folders: TamperedFolders
  before(async () => {
    folders = await TamperedFolders.create()
  })
  after(() => folders[Symbol.asyncDispose]())

  for (const state of ['stopped', 'killed'] as const) {
    test(`${state}: nothing was done`, async () => {
      const folder = folders.copy(state)
      assert.deepEqual((await verifyFolder(folder.path)).problems, [])
      await runOn(folder)
      assert.deepEqual((await verifyFolder(folder.path)).problems, [])
    })

    for (const [name, deed] of cellsOf(state)) {
      test(`${state}: ${name}`, async () => {
        const folder = folders.copy(state)
        deed(folder)
        assert.ok(await isUnsound(folder), 'at once')
        await runOn(folder).catch(() => undefined)
        assert.ok(await isUnsound(folder), 'after the service ran on')
      })
    }
  }
})
