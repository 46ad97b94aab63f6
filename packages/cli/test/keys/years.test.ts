/** `keyhold key` against a server whose time is moved, and with it that of the command. */
import assert from 'node:assert/strict'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, clientOfDev, fail, succeed, temporaryFolder } from '../support/vault.ts'

const ACCOUNT = '111122223333'
const DAY_MS = 86_400_000

/** The command passes on whatever spec it is told; the service's own tests have each of them. */
const SPECS = [
  ['symmetric-default'],
  ['rsa-2048', 'encrypt-decrypt'],
  ['ecc-secg-p256k1', 'sign-verify'],
  ['ecc-nist-edwards25519', 'sign-verify'],
  ['ml-dsa-65', 'sign-verify'],
  ['ml-kem-768', 'encapsulate-decapsulate'],
  ['hmac-224', 'generate-verify-mac'],
] as const

type Json = Record<string, unknown>
type Reported = Json & { keyId: string; verdicts: Record<string, string>; openTo: Json[]; problems: Json[] }

describe('keys over the years', () => {
  let server: KeyholdServer
  let client: KMS
  let env: NodeJS.ProcessEnv
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0', '--clock', 'manual'], cleanEnvironment())
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'any' }
    client = new KMS({ endpoint: server.endpoint, region: 'us-east-1', credentials })
  })
  after(() => {
    client?.destroy()
    return server?.stop()
  })

  const key = (...args: string[]): Promise<string> => succeed(['key', ...args], env)
  const json = async (...args: string[]): Promise<Json> => JSON.parse(await key(...args, '--json')) as Json
  const create = async (...args: string[]): Promise<string> => String((await json('create', ...args))['KeyId'])
  const report = async (): Promise<Map<string, Reported>> => {
    const keys = JSON.parse(await key('report', '--json')) as Reported[]
    return new Map(keys.map((reported) => [reported.keyId, reported]))
  }

  /** The time of the server, from which on the command's own goes on, however long both have been running. */
  async function later(days: number): Promise<number> {
    const advance = { method: 'POST', body: JSON.stringify({ advanceSeconds: (days * DAY_MS) / 1000 }) }
    const { now } = (await (await fetch(`${server.endpoint}/dev/clock`, advance)).json()) as { now: number }
    const shift = `const { now } = Date; const ahead = ${now * 1000} - now(); Date.now = () => now() + ahead`
    env = {
      ...clientOfDev(server, ACCOUNT),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}`,
    }
    return now * 1000
  }

  async function importInto(KeyId: string, validToMs: number): Promise<void> {
    const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
    const { PublicKey, ImportToken } = await client.getParametersForImport({ KeyId, ...wrapping })
    const wrappingKey = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
    const EncryptedKeyMaterial = publicEncrypt({ key: wrappingKey, ...padding }, randomBytes(32))
    await client.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ValidTo: new Date(validToMs) })
  }

  test('a key of every family of specs is made', async () => {
    await later(0)
    const made = await Promise.all(
      SPECS.map(([spec, usage]) => json('create', '--spec', spec, ...(usage ? ['--usage', usage] : []))),
    )
    assert.deepEqual(
      made.map(({ KeySpec, KeyState }) => [KeySpec, KeyState]),
      SPECS.map(([spec]) => [spec.toUpperCase().replaceAll('-', '_'), 'Enabled']),
    )
  })

  test('a key that rotates by itself, and on demand, shows every material that it has had', async () => {
    await later(0)
    const id = await create()
    assert.match(await key('rotate', id), /^Rotation +off$/m)
    assert.match(await key('rotate', id, '--every', '90'), /^Rotation +every 90 days$/m)
    await key('rotate', id, '--on-demand')
    await later(91)
    const shown = await json('rotate', id)
    const states = (shown['Rotations'] as Json[]).map(({ KeyMaterialState, RotationType }) => [
      KeyMaterialState,
      RotationType,
    ])
    const expected = [
      ['NON_CURRENT', undefined],
      ['NON_CURRENT', 'ON_DEMAND'],
      ['CURRENT', 'AUTOMATIC'],
    ]
    assert.deepEqual(states, expected)
    assert.match(await key('rotate', id, '--off'), /^Rotation +off$/m)
  })

  test('a deleted key is there until its time has come', async () => {
    await later(0)
    const id = await create()
    await key('delete', id, '--days', '7')
    await later(6)
    await key('undelete', id)
    await key('enable', id)
    await key('delete', id, '--days', '7')
    await later(6)
    assert.equal((await report()).get(id)?.verdicts['pendingDeletion'], 'yes')
    await later(1)
    assert.equal((await report()).has(id), false)
  })

  test('report finds each thing that needs a look in the key that has it, and in no other', async () => {
    await later(0)
    const made = Array.from({ length: 5 }, async () => (await client.createKey({})).KeyMetadata!.KeyId!)
    const [sound, unrotated, deleted, disabled, shared] = (await Promise.all(made)) as [
      string,
      string,
      string,
      string,
      string,
    ]
    const expiring = await create('--origin', 'external')
    for (const KeyId of [sound, deleted, disabled, shared]) {
      await client.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    }
    const nowMs = await later(100)
    await importInto(expiring, nowMs + 20 * DAY_MS)
    for (const KeyId of [sound, unrotated, expiring, shared]) {
      await client.encrypt({ KeyId, Plaintext: Buffer.from('a use') })
    }
    await key('delete', deleted, '--days', '30')
    await key('disable', disabled)
    await key('grant', 'create', shared, '--to', '444455556666', '--operation', 'Decrypt')

    const found = await report()
    const findings = (id: string): string[] =>
      Object.entries(found.get(id)?.verdicts ?? {}).flatMap(([finding, verdict]) => (verdict === 'no' ? [] : finding))
    assert.deepEqual(findings(sound), [])
    assert.deepEqual(findings(unrotated), ['unrotated'])
    assert.deepEqual(findings(expiring), ['expiring'])
    assert.deepEqual(findings(deleted), ['unused', 'pendingDeletion'])
    assert.deepEqual(findings(disabled), ['unused', 'disabled'])
    assert.deepEqual(findings(shared), ['openToOthers'])
    assert.equal(found.get(expiring)?.['expires'], new Date(nowMs + 20 * DAY_MS).toISOString())
    assert.equal(found.get(shared)?.openTo[0]?.['who'], '444455556666')
    for (const { problems } of found.values()) assert.deepEqual(problems, [])

    await later(21)
    assert.equal((await report()).get(expiring)?.['state'], 'PendingImport')
  })

  test('shred-certificate says what was destroyed, and verify-certificate whether the audit key signed it', async (t) => {
    await later(0)
    const deleted = await create()
    await key('delete', deleted, '--days', '7')
    await fail(['key', 'shred-certificate', deleted], 7, /Nothing of the key .* was destroyed/, env)
    await later(8)
    const text = await key('shred-certificate', deleted)
    assert.match(
      text,
      /was deleted on .*KEY_DELETED.*domain key us-east-1\/1.*No backup that Keyhold knows of.*Not known/s,
    )
    const { statement, certificate } = await json('shred-certificate', deleted)
    const [header = '', payload = '', signature] = String(certificate).split('.')
    const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { jwk: { x: string } }
    const folder = temporaryFolder(t)
    const files = { right: join(folder, 'certificate'), edited: join(folder, 'edited'), pem: join(folder, 'key.pem') }
    const otherPayload = Buffer.from(JSON.stringify({ ...(statement as object), backups: [] }) + ' ').toString(
      'base64url',
    )
    writeFileSync(files.right, await key('shred-certificate', deleted, '--raw'))
    writeFileSync(files.edited, [header, otherPayload, signature].join('.'))
    writeFileSync(
      files.pem,
      createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' }).export({
        format: 'pem',
        type: 'spki',
      }),
    )
    const verify = (file: string): string[] => ['audit', 'verify-certificate', file, '--public-key', files.pem]
    const said = JSON.parse(await succeed([...verify(files.right), '--json'])) as object
    assert.deepEqual(Buffer.from(payload, 'base64url').toString().includes(deleted), true)
    assert.deepEqual({ ...said, issued: 0 }, { ...(statement as object), issued: 0 })
    await fail(verify(files.edited), 8, /NOT a certificate that this key signed/)
    await fail(['audit', 'verify-certificate', files.right, '--public-key', files.right], 2, /no public key/)
  })
})
