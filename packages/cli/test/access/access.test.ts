import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { join } from 'node:path'
import { DecryptCommand, EncryptCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import type { AccessAnswer, AccessReport, Allowed, ReplayReport } from '@keyhold/server'
import { keyhold, type KeyholdServer } from '../../../../tools/testing/keyhold.ts'
import { parseCredentials } from '../../../../tools/testing/credentials.ts'
import { clientOf, fail, initialize, start, succeed, temporaryFolder, type Vault } from '../support/vault.ts'

const OTHER = '444455556666'
const REGION = 'eu-central-1'
/** Begins an escape sequence in eight bits, reverses the line, and would end the quotes of a shell. */
const HOSTILE = "acme\u009b31m\u202e'; true '"

describe('keyhold access', () => {
  const cleanUps: (() => unknown)[] = []
  const scope = { after: (cleanUp?: unknown) => void cleanUps.push(cleanUp as () => unknown) }
  let vault: Vault
  let server: KeyholdServer
  let key: { KeyId: string; Arn: string }
  let owner: KMSClient
  let stranger: KMSClient
  let strangerArn: string
  before(async () => {
    vault = await initialize(scope)
    server = await start(scope, ['serve', '--data', vault.data, '--port', '0'])
    const account = ['operator', 'account', 'create', '--data', vault.data, '--account', OTHER]
    await succeed([...account, '--credentials-file', join(vault.folder, 'other')])
    strangerArn = `arn:aws:iam::${OTHER}:user/administrator`
    const created = await succeed(['key', 'create', '--alias', 'ledger', '--json'], clientOf(vault, server))
    key = JSON.parse(created) as typeof key
    owner = new KMSClient({
      endpoint: server.endpoint,
      region: REGION,
      credentials: await parseCredentials(vault.folder),
    })
    stranger = new KMSClient({ endpoint: server.endpoint, region: REGION, credentials: otherCredentials() })
  })
  after(async () => {
    owner?.destroy()
    stranger?.destroy()
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })

  const otherCredentials = (): { accessKeyId: string; secretAccessKey: string } => {
    const [, accessKeyId = '', secretAccessKey = ''] =
      /^aws_access_key_id = (\S+)\naws_secret_access_key = (\S+)$/m.exec(
        readFileSync(join(vault.folder, 'other'), 'utf8'),
      ) ?? []
    return { accessKeyId, secretAccessKey }
  }
  const access = (verb: string, ...rest: string[]): string[] => ['access', verb, '--data', vault.data, ...rest]
  const encrypt = (client: KMSClient, tenant: string): Promise<{ CiphertextBlob?: Uint8Array }> =>
    client.send(new EncryptCommand({ KeyId: key.Arn, Plaintext: Buffer.from('x'), EncryptionContext: { tenant } }))
  const putPolicy = (...statements: object[]): Promise<unknown> =>
    owner.send(new PutKeyPolicyCommand({ KeyId: key.KeyId, Policy: policyOf(...statements) }))
  const policyOf = (...statements: object[]): string => {
    const account = key.Arn.split(':')[4]
    const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }
    return JSON.stringify({ Version: '2012-10-17', Statement: [root, ...statements] })
  }
  const forOther = (tenant: string): object => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
    Action: ['kms:Encrypt', 'kms:Decrypt'],
    Resource: '*',
    Condition: { StringEquals: { 'kms:EncryptionContext:tenant': tenant } },
  })

  /** The request id of a call that must be denied. */
  async function denied(call: Promise<unknown>): Promise<string> {
    const error = await call.then(
      () => assert.fail('it was allowed'),
      (caught: unknown) => caught as { name: string; $metadata: { requestId?: string } },
    )
    assert.equal(error.name, 'AccessDeniedException')
    return error.$metadata.requestId ?? ''
  }

  test('explain says which condition failed, with what the request had, and nothing steers the terminal', async () => {
    await putPolicy(forOther('umbrella'))
    const requestId = await denied(encrypt(stranger, HOSTILE))
    const output = await succeed(access('explain', requestId))
    assert.match(output, new RegExp(`^Request +${requestId}$`, 'm'))
    assert.match(output, /^Operation +kms:Encrypt in eu-central-1$/m)
    assert.match(output, /^Decided +denied, no-resource-allow: /m)
    assert.match(
      output,
      /condition StringEquals kms:EncryptionContext:tenant: wanted "umbrella", found "acme\\u009b31m\\u202e'; true '"/,
    )
    assert.match(output, /^ {2}aws kms put-key-policy --cli-input-json '\{"KeyId":"arn:aws:kms:[^']*'$/m)
    assert.doesNotMatch(output, /[\u0080-\u009f\u202e\u001b]/)
  })

  test('the call that explain proposes is one that the service takes, and after it the request is allowed', async () => {
    const requestId = await denied(encrypt(stranger, HOSTILE))
    const report = JSON.parse(await succeed(access('explain', requestId, '--json'))) as AccessReport
    const [call, ...others] = report.calls
    assert.deepEqual(others, [])
    assert(call && 'operation' in call && call.operation === 'PutKeyPolicy')
    const proposed = call.input as { KeyId: string; PolicyName: string; Policy: string }
    await owner.send(new PutKeyPolicyCommand(proposed))
    await encrypt(stranger, HOSTILE)
    assert.match(
      await succeed(access('explain', requestId)),
      /^Policies, grants or tags have changed since: now it would be allowed\.$/m,
    )
  })

  test('can-i answers with a sentence and its exit code', async () => {
    await putPolicy(forOther('acme'))
    const ask = access('can-i', 'Decrypt', key.Arn, '--as', strangerArn)
    assert.match(await succeed([...ask, '-c', 'tenant=acme']), /^yes: .* may kms:Decrypt on arn:aws:kms:.*\.\n$/)
    const { status, stdout } = await keyhold([...ask, '-c', 'tenant=umbrella'])
    assert.equal(status, 3)
    assert.match(stdout, /^no: .* may not kms:Decrypt on /)
    assert.match(stdout, /^smallest change$/m)
    const json = await keyhold([...ask, '--json'])
    assert.equal(json.status, 3)
    assert.equal((JSON.parse(json.stdout) as AccessAnswer).allowed, false)
  })

  test('can-i finds a key by its alias in a region, and exits with 7 for one that is not there', async () => {
    const ask = (name: string): string[] =>
      access('can-i', 'DescribeKey', name, '--region', REGION, '--as', `arn:aws:iam::${key.Arn.split(':')[4]}:root`)
    assert.match(await succeed(ask('alias/ledger')), /^yes: /)
    assert.match(await succeed(ask(key.KeyId)), /^yes: /)
    await fail(ask('alias/nobody'), 7, /There is no key alias\/nobody in eu-central-1\./)
  })

  test('who-can lists everybody, one a line', async () => {
    await putPolicy(forOther('acme'))
    const lines = async (...rest: string[]): Promise<string[]> =>
      (await succeed(access('who-can', 'Decrypt', key.Arn, ...rest))).trimEnd().split('\n')
    const owners = await lines()
    assert.equal(owners.length, 2)
    assert(owners.every((line) => !line.includes(OTHER)))
    const all = await lines('-c', 'tenant=acme', '--json')
    const names = all.map((line) => (JSON.parse(line) as Allowed).principal)
    assert.deepEqual(names.filter((name) => name.includes(OTHER)).toSorted(), [
      `arn:aws:iam::${OTHER}:root`,
      strangerArn,
    ])
  })

  test('replay says whose calls would break, exits with 3, and with 0 when none would', async () => {
    await putPolicy(forOther('acme'))
    const { CiphertextBlob } = await encrypt(stranger, 'acme')
    await stranger.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { tenant: 'acme' } }))
    const file = join(vault.folder, 'policy.json')
    writeFileSync(file, policyOf())
    const replay = access('replay', file, '--key', key.Arn, '--since', '1h')
    const { status, stdout } = await keyhold(replay)
    assert.equal(status, 3)
    assert.match(stdout, /^\d+ decisions about arn:aws:kms:/)
    assert.match(stdout, new RegExp(`^Would break:\nCALLER .*\n(?:${strangerArn} .*\n)+$`, 'm'))
    const report = JSON.parse((await keyhold([...replay, '--json'])).stdout) as ReplayReport
    assert.deepEqual(report.breaks.map(({ caller, action }) => `${caller} ${action}`).toSorted(), [
      `${strangerArn} kms:Decrypt`,
      `${strangerArn} kms:Encrypt`,
    ])
    writeFileSync(file, policyOf(forOther('acme')))
    assert.match(await succeed(replay), /^Nothing would break\.$/m)
  })

  test('a policy file with a fault is refused with its place', async () => {
    const file = join(vault.folder, 'fault.json')
    writeFileSync(file, policyOf({ ...forOther('acme'), Action: 7 }))
    await fail(access('replay', file, '--key', key.Arn), 2, /would be refused: .* \(at \$\.Statement\[1\]\.Action\)/)
    await fail(access('replay', join(vault.folder, 'none.json'), '--key', key.Arn), 9, /none\.json/)
    for (const time of ['yesterday', '2026-02-31', '2026-13-01', '2026-02-29T00:00:00Z']) {
      await fail(access('replay', file, '--key', key.Arn, '--since', time), 2, /It must be a time such as/)
    }
  })

  test('what makes no sense is refused, with what would', async () => {
    const administrator = ['--as', strangerArn]
    await fail(access('explain', 'no-such-id'), 2, /has no record of a request no-such-id/)
    await fail(access('can-i', 'Decrypt', key.Arn), 2, /does not have exactly one administrator/)
    await fail(access('can-i', 'Fly', key.Arn, ...administrator), 2, /Fly is not an action on a key/)
    await fail(access('can-i', 'Decrypt', 'alias/ledger', ...administrator), 2, /or specify its Region with --region/)
    await fail(
      ['access', 'who-can', 'Decrypt', key.Arn, '--data', temporaryFolder(scope)],
      9,
      /not a Keyhold data folder/,
    )
  })

  test('questions leave the audit log as it is', async () => {
    const streams = async (): Promise<number> =>
      (JSON.parse(await succeed(['audit', 'verify', '--data', vault.data, '--json'])) as { streams: [] }).streams.length
    const before = await streams()
    await succeed(access('who-can', 'Decrypt', key.Arn))
    assert.equal(await streams(), before)
  })
})
