import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, initialize, succeed, temporaryFolder } from '../support/vault.ts'

const VERB = ['operator', 'confirm-clock', '--data']

test('confirm-clock lists the stops that are known, and takes no word on another', async (t) => {
  const { data } = await initialize(t)
  assert.equal(await succeed([...VERB, data]), 'No stop of the service is known.\n')
  assert.deepEqual(JSON.parse(await succeed([...VERB, data, '--json'])), { stops: [] })
  await fail([...VERB, data, '--stop', '1'], 2, /No stop 1 of the service is known/)
  await fail([...VERB, data, '--revoke'], 2, /--revoke needs --stop/)
  await fail([...VERB, data, '--stop', '0'], 2, /by its number/)
})

test('confirm-clock refuses a folder that is none', async (t) => {
  await fail([...VERB, temporaryFolder(t)], 9, /is not a Keyhold data folder/)
})
