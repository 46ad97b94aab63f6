import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { RootErrorCode } from '../../../../src/vault/root/root-error.ts'
import { kmsKind, type KmsSettings } from '../../../../src/vault/root/ways/kms.ts'
import { anotherKms } from '../../../support/another-kms.ts'
import { type FolderOfWays, folderOfWays, wayFile } from '../../../support/ways.ts'

const kms = await anotherKms()
const { client, endpoint, asked, answers: ANSWERS } = kms
const newKey = kms.newKey

function add(there: FolderOfWays, settings: KmsSettings, answers: object = ANSWERS): ReturnType<FolderOfWays['add']> {
  const given = { endpoint, caFile: kms.caFile, ...settings }
  return there.add({ kind: kmsKind, name: 'kms', settings: given, answers })
}

test('a key of another Keyhold opens the root, with the root and the way as encryption context', async () => {
  await using there = await folderOfWays()
  const { arn, id } = await newKey()
  const way = await add(there, { keyId: id, region: 'eu-central-1' })
  assert.equal(way.parameters['keyArn'], arn)
  assert.equal((await there.open(ANSWERS)).id, there.root.id)
  // The command `aws kms decrypt` would do the same, and only with that context.
  const CiphertextBlob = way.parameters['ciphertext']
  const context = { 'keyhold:root': there.root.id, 'keyhold:way': way.id }
  const { Plaintext } = await client.ok('Decrypt', { CiphertextBlob, EncryptionContext: context })
  assert.equal(Buffer.from(Plaintext ?? '', 'base64').byteLength, 32)
  assert.equal(await client.fault('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
})

test('a ciphertext of another way, or a damaged one, is named', async () => {
  await using there = await folderOfWays()
  const { arn } = await newKey()
  const way = await add(there, { keyId: arn })
  const { CiphertextBlob: ciphertext } = await client.ok('Encrypt', {
    KeyId: arn,
    Plaintext: Buffer.alloc(32).toString('base64'),
    EncryptionContext: { 'keyhold:root': there.root.id, 'keyhold:way': 'another' },
  })
  const changed = { format: 1, ...way, parameters: { ...way.parameters, ciphertext } }
  await writeFile(wayFile(there, way), JSON.stringify(changed))
  await refuses(there.open(ANSWERS), 'damaged', /does not open what the way's file has/)
})

test('states of the key are named, and pass', async () => {
  await using there = await folderOfWays()
  const { arn } = await newKey()
  await add(there, { keyId: arn })
  await client.ok('DisableKey', { KeyId: arn })
  await refuses(there.open(ANSWERS), 'unreachable', /is disabled\. Enable it\./)
  await client.ok('ScheduleKeyDeletion', { KeyId: arn })
  await refuses(there.open(ANSWERS), 'unreachable', /IS TO BE DELETED\. Cancel its deletion/)
  await client.ok('CancelKeyDeletion', { KeyId: arn })
  await client.ok('EnableKey', { KeyId: arn })
  assert.equal((await there.open(ANSWERS)).id, there.root.id)
})

const json = (status: number, body: object) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
const OTHER_KEY = 'arn:aws:kms:eu-central-1:000000000000:key/00000000-0000-4000-8000-000000000000'

/** What answers for the key `arn`, the code, what the message says, and how often it is asked. */
const faults = (
  arn: string,
): readonly [string, (response: ServerResponse) => void, RootErrorCode, RegExp, number][] => [
  [
    'a denial',
    json(400, { __type: 'AccessDeniedException', message: 'User: u is not authorized\u001b[0m' }),
    'permissions',
    /denies the use of .*User: u is not authorized\?\[0m.*kms:Decrypt/,
    1,
  ],
  [
    'an unknown access key',
    json(400, { __type: 'UnrecognizedClientException', message: 'invalid' }),
    'permissions',
    /does not accept the access key/,
    1,
  ],
  [
    'a clock that is wrong',
    json(400, {
      __type: 'InvalidSignatureException',
      message: 'Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z',
    }),
    'unreachable',
    /clocks of this machine and of/,
    1,
  ],
  ['a key that is gone', json(400, { __type: 'NotFoundException', message: 'x' }), 'missing', /has no key/, 1],
  [
    'throttling',
    json(400, { __type: 'ThrottlingException', message: 'Rate exceeded' }),
    'unreachable',
    /too busy for now/,
    3,
  ],
  ['a failure', json(500, { __type: 'KMSInternalException', message: 'x' }), 'unreachable', /too busy for now/, 3],
  [
    'another key',
    json(200, { KeyId: OTHER_KEY, Plaintext: Buffer.alloc(32).toString('base64') }),
    'foreign',
    /answered by another key than .*00000000-0000-4000-8000-000000000000/,
    1,
  ],
  [
    'another secret',
    json(200, { KeyId: arn, Plaintext: Buffer.alloc(32).toString('base64') }),
    'wrong',
    /not the key of its recipient/,
    1,
  ],
  ['an answer of something else', (response) => void response.end('<html>'), 'unreachable', /is no KMS/, 1],
  [
    'a refusal of something else',
    (response) => void response.writeHead(404).end('not found'),
    'unreachable',
    /is no KMS \(status 404\)/,
    1,
  ],
  [
    'a redirect',
    (response) => void response.writeHead(302, { location: 'https://example.com' }).end(),
    'unreachable',
    /is no KMS/,
    1,
  ],
  ['a broken connection', (response) => void response.destroy(), 'unreachable', /The KMS cannot be reached/, 3],
]

test('whatever a KMS answers is named, and asked again only where that may help', async (t) => {
  await using there = await folderOfWays()
  const { arn } = await newKey()
  await add(there, { keyId: arn })
  t.after(() => (kms.answerInstead = undefined))
  for (const [what, answer, code, message, times] of faults(arn)) {
    asked.length = 0
    kms.answerInstead = answer
    await refuses(there.open(ANSWERS), code, message)
    assert.equal(asked.length, times, what)
  }
})

test('the access key comes from a credentials file of its owner, the caller or the environment', async (t) => {
  await using there = await folderOfWays()
  const { arn } = await newKey()
  const credentialsFile = there.beside('credentials')
  const text =
    '[other]\naws_access_key_id = no\n\n[keyhold]\naws_access_key_id=000000000000\naws_secret_access_key = x=y\n'
  await writeFile(credentialsFile, text, { mode: 0o644 })
  await refuses(add(there, { keyId: arn, credentialsFile, profile: 'keyhold' }, {}), 'permissions', /chmod 600/)
  await chmod(credentialsFile, 0o600)
  await refuses(
    add(there, { keyId: arn, credentialsFile, profile: 'other' }, {}),
    'damaged',
    /has no access key in its section \[other\]/,
  )
  await add(there, { keyId: arn, credentialsFile, profile: 'keyhold' }, {})
  assert.equal((await there.open()).id, there.root.id)

  await using second = await folderOfWays()
  await refuses(add(second, { keyId: arn }, {}), 'wanting', /has no access key to call its KMS with/)
  t.after(() => ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].forEach((name) => delete process.env[name]))
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: '000000000000', AWS_SECRET_ACCESS_KEY: 'x' })
  await add(second, { keyId: arn }, {})
})

test('a KMS is called by HTTPS alone, at a host that its certificate names', async () => {
  await using there = await folderOfWays()
  const { arn } = await newKey()
  await refuses(add(there, { keyId: arn, endpoint: kms.httpEndpoint }), 'refused', /only https: is used/)
  await refuses(add(there, { keyId: 'alias/x' }), 'refused', /Name the Region/)
  await refuses(add(there, { keyId: arn, caFile: undefined }), 'unreachable', /DEPTH_ZERO_SELF_SIGNED_CERT/)
  const elsewhere = endpoint.replace('127.0.0.1', 'localhost')
  await refuses(add(there, { keyId: arn, endpoint: elsewhere }), 'unreachable', /ERR_TLS_CERT_ALTNAME_INVALID/)
})

async function refuses(opening: Promise<unknown>, code: RootErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(opening, (error: { code: string; message: string }) => {
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
}
