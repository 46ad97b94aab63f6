import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, initialize, succeed, temporaryFolder } from '../support/vault.ts'

interface Rate {
  group: string
  usual: number
  changed?: number
}

test('quota shows every rate, changes one and takes it back', async (t) => {
  const { data } = await initialize(t)
  const rateOf = async (wanted: string): Promise<Rate | undefined> => {
    const rates = JSON.parse(await succeed(['operator', 'quota', 'show', '--json', '--data', data])) as Rate[]
    return rates.find(({ group }) => group === wanted)
  }
  assert.deepEqual(await rateOf('CreateKey'), { group: 'CreateKey', usual: 5 })
  const changed = await succeed(['operator', 'quota', 'set', 'CreateKey', '0.5', '--data', data])
  assert.equal(changed, 'CreateKey: 0.5 requests per second.\n')
  assert.deepEqual(await rateOf('CreateKey'), { group: 'CreateKey', usual: 5, changed: 0.5 })
  const shown = await succeed(['operator', 'quota', 'show', '--data', data])
  assert.match(shown, /^RATE +USUAL +CHANGED\n/)
  assert.match(shown, /^CreateKey +5 +0\.5$/m)
  assert.match(shown, /^GenerateDataKeyPair\/RSA_4096 +1$/m)
  await succeed(['operator', 'quota', 'reset', 'CreateKey', '--data', data])
  assert.deepEqual(await rateOf('CreateKey'), { group: 'CreateKey', usual: 5 })
})

test('quota refuses rates that there are not, and folders that are none', async (t) => {
  const { data } = await initialize(t)
  const set = (...args: string[]): string[] => ['operator', 'quota', 'set', '--data', data, ...args]
  await fail(set('MakeKey', '5'), 2, /There is no request rate MakeKey\.\n.*quota show/)
  for (const rate of ['-1', '0', 'many', '1e3', '9999999'])
    await fail(set('CreateKey', '--', rate), 2, /A request rate must be a number/)
  await fail(['operator', 'quota', 'show', '--data', temporaryFolder(t)], 9, /is not a Keyhold data folder/)
})
