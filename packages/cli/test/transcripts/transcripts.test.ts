import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { follow, toolsOf } from '../support/transcript.ts'
import { cleanEnvironment, clientOfDev, temporaryFolder } from '../support/vault.ts'

const transcripts = globSync(join(import.meta.dirname, '*.txt')).toSorted()
/** What each transcript's account is counted from: an account of its own is as good as a server of its own. */
const FIRST_ACCOUNT = 100_000_000_000
const STRANGER = '999988887777'

// Two at a time, as CI machines have two cores.
describe('the transcript', { concurrency: 2 }, () => {
  let server: KeyholdServer
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
  })
  after(() => server?.stop())

  for (const [index, file] of transcripts.entries()) {
    test(`${basename(file)} can be followed`, { skip: needs(...toolsOf(file)) }, async (scope) => {
      const account = String(FIRST_ACCOUNT + index)
      await follow(file, temporaryFolder(scope), { ...clientOfDev(server, account), ACCOUNT: account, STRANGER })
    })
  }
})

test('there are transcripts', () => assert.ok(transcripts.length > 0))
