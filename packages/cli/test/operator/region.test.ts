import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fail, initialize, succeed, temporaryFolder } from '../support/vault.ts'

test('region lists, adds and removes', async (t) => {
  const data = join(temporaryFolder(t), 'vault')
  await succeed(['init', data, '--no-recovery', '--regions', 'eu-central-1,us-east-1'])
  const listed = (): Promise<string> => succeed(['operator', 'region', 'ls', '--json', '--data', data])
  assert.deepEqual(JSON.parse(await listed()), [
    { region: 'eu-central-1', hasKeys: false },
    { region: 'us-east-1', hasKeys: false },
  ])
  const change = (verb: string, region: string): string[] => ['operator', 'region', verb, region, '--data', data]
  assert.equal(await succeed(change('add', 'dc-north-1')), 'dc-north-1 exists now.\n')
  assert.equal(await succeed(change('add', 'dc-north-1')), 'dc-north-1 exists already.\n')
  assert.equal(await succeed(change('remove', 'us-east-1')), 'us-east-1 is removed.\n')
  assert.match(
    await succeed(['operator', 'region', 'ls', '--data', data]),
    /^REGION *\ndc-north-1 *\neu-central-1 *\n$/,
  )
  await fail(change('remove', 'us-east-1'), 2, /There is no Region us-east-1/)
  await fail(change('add', 'Frankfurt'), 2, /Frankfurt is not a valid Region name/)
})

test("a new folder has AWS's Regions unless it is told others", async (t) => {
  const { data } = await initialize(t)
  const regions = JSON.parse(await succeed(['operator', 'region', 'ls', '--json', '--data', data])) as unknown[]
  assert.ok(regions.length > 30)
  await fail(
    ['init', join(temporaryFolder(t), 'vault'), '--no-recovery', '--regions', 'eu-central-1,nowhere'],
    2,
    /nowhere is not a valid Region name/,
  )
})
