import assert from 'node:assert/strict'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { initialize, operator, queryFolder } from '../../../src/index.ts'
import { anotherKms } from '../../support/another-kms.ts'

test('a way by another KMS is added to a data folder, recorded, and opens it when the root file is lost', async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'keyhold-root-ways-'))
  t.after(() => rm(base, { recursive: true }))
  const [folder, rootFile] = [join(base, 'data'), join(base, 'main.root')]
  await initialize({ folder, rootFile, recovery: 'none' })
  const kms = await anotherKms()
  const { arn } = await kms.newKey()
  const settings = { keyId: arn, endpoint: kms.endpoint, caFile: kms.caFile }
  const data = { folder, answers: kms.answers }
  const way = await operator.addRootWay(data, { kind: 'kms', name: 'other', settings })
  assert.match(way.description, new RegExp(`the key ${arn} at https://127`))
  await assert.rejects(operator.addRootWay(data, { kind: 'kms', name: 'other', settings }), { code: 'refused' })

  await rename(rootFile, `${rootFile}-lost`)
  assert.equal((await operator.accounts(data)).length, 1)
  await assert.rejects(operator.accounts(folder), { code: 'missing' })
  const [event, ...more] = await Array.fromAsync(queryFolder(folder, { event: 'AddRootWay' }))
  assert.partialDeepStrictEqual(event?.requestParameters, { wayId: way.id, kind: 'kms', name: 'other' })
  assert.deepEqual(more, [])
})
