import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, initialize, succeed, temporaryFolder } from '../support/vault.ts'

test('confirm-clock vouches for the time and says which it is', async (t) => {
  const vault = await initialize(t)
  const output = await succeed(['operator', 'confirm-clock', '--data', vault.data])
  const [, time] = /^Confirmed: it is (\S+)\.\n$/.exec(output) ?? []
  assert(Math.abs(Date.parse(time ?? '') - Date.now()) < 60_000, output)
})

test('confirm-clock refuses a folder that is none', async (t) => {
  await fail(['operator', 'confirm-clock', '--data', temporaryFolder(t)], 9, /is not a Keyhold data folder/)
})
