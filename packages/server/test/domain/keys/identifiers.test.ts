import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKeyId, parseKeyReference } from '../../../src/domain/keys/identifiers.ts'

const UUID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const MRK = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const PLACE = { accountId: '111122223333', region: 'eu-central-1' }
const ARN = 'arn:aws:kms:eu-central-1:111122223333:'

test('a key id is a dashed UUID or a multi-Region id, in lower case', () => {
  for (const id of [UUID, MRK]) assert.ok(isKeyId(id))
  for (const id of ['', 'x', UUID.toUpperCase(), UUID.replaceAll('-', ''), `${UUID}\n`, MRK.slice(1)]) {
    assert.ok(!isKeyId(id))
  }
})

test('each of the four names is told from the others', () => {
  assert.deepEqual(parseKeyReference(UUID), { kind: 'key', keyId: UUID })
  assert.deepEqual(parseKeyReference(`${ARN}key/${MRK}`), { kind: 'key', keyId: MRK, ...PLACE })
  assert.deepEqual(parseKeyReference('alias/a/b'), { kind: 'alias', name: 'alias/a/b' })
  assert.deepEqual(parseKeyReference(`${ARN}alias/a/b`), { kind: 'alias', name: 'alias/a/b', ...PLACE })
})

test('everything else names nothing', () => {
  const others = [
    '',
    'key',
    'Alias/x',
    `${ARN}key/nope`,
    `${ARN}grant/x`,
    ARN.replace('kms', 's3') + `key/${UUID}`,
    'arn:',
  ]
  for (const text of others) assert.deepEqual(parseKeyReference(text), { kind: 'invalid' })
})
