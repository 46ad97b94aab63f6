/**
 * Leaves a data folder with its root, ciphertexts and messages in vectors/data/NAME, for every later build to open:
 * conformance/earlier-folders.test.ts. Run once for each closed issue, with the build that closes it:
 *
 *     node --conditions=source tools/leave-data-folder.ts NAME
 *
 * The folder's secrets are public. It is for tests, and nothing in it may ever protect anything.
 */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Envelope, kms } from '@keyhold/client'
import { keyhold, startKeyhold } from './testing/keyhold.ts'
import { parseCredentials } from './testing/credentials.ts'
import { type LeftFolder, type LeftUser, REGION } from './testing/left-folder.ts'
import { leaveIndirect } from './testing/left-messages.ts'
import { leaveKeys } from './testing/left-keys.ts'
import { type WireConnection, wireTo } from './testing/wire.ts'

const name = process.argv[2]
if (name === undefined || !/^[a-z0-9.-]+$/.test(name)) throw new Error('Name the folder to make below vectors/data.')
const CONTEXTS: readonly Record<string, string>[] = [{}, { tenant: 't-17', größe: 'ß' }]
const RATES: NonNullable<LeftFolder['rates']> = [{ group: 'CreateKey', changed: 50 }]
const target = join(import.meta.dirname, '../vectors/data', name)

const made = await mkdtemp(join(tmpdir(), 'keyhold-left-'))
try {
  const init = [
    'init',
    join(made, 'data'),
    '--no-recovery',
    '--credentials-file',
    join(made, 'credentials'),
    '--account',
    '111122223333',
  ]
  await run(init)
  for (const { group, changed } of RATES) {
    await run(['operator', 'quota', 'set', group, String(changed), '--data', join(made, 'data')])
  }
  const left = await fill()
  await writeFile(join(made, 'expected.json'), `${JSON.stringify(left, undefined, 2)}\n`)
  await rm(join(made, 'data/reserve'), { force: true }) // 16 MiB that mean nothing
  await forgetPlace(join(made, 'data/keyhold.json'))
  await mkdir(join(target, '..'), { recursive: true })
  await rm(target, { recursive: true, force: true })
  await rename(made, target)
} finally {
  await rm(made, { recursive: true, force: true })
}

async function run(args: readonly string[]): Promise<void> {
  const { status, stderr } = await keyhold(args)
  if (status !== 0) throw new Error(stderr)
}

/** The manifest says where the root file was: a user that opens the folder elsewhere names it again. */
async function forgetPlace(file: string): Promise<void> {
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { root: { file: string } }
  manifest.root.file = 'data.root'
  await writeFile(file, `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/** Uses every state that a key can be in, and every form in which something is encrypted. */
async function fill(): Promise<LeftFolder> {
  const server = await startKeyhold(['serve', '--data', join(made, 'data'), '--port', '0', '--rates', 'off'])
  const connection: WireConnection = {
    endpoint: server.endpoint,
    region: REGION,
    credentials: await parseCredentials(made),
  }
  const client = new KMS(connection)
  try {
    const keys = await Promise.all(['enabled', 'disabled', 'doomed'].map((alias) => namedKey(client, alias)))
    const ciphertexts = await Promise.all(
      CONTEXTS.map(async (context) => {
        const plaintext = Buffer.from(`under ${JSON.stringify(context)}`)
        const input = { KeyId: keys[0] ?? '', Plaintext: plaintext, EncryptionContext: context }
        const { CiphertextBlob = new Uint8Array() } = await client.encrypt(input)
        return { context, plaintext: base64(plaintext), ciphertext: base64(CiphertextBlob) }
      }),
    )
    const ours = kms({ ...connection, credentials: () => Promise.resolve(connection.credentials) })
    const keyring = ours.key(await ours.resolve(keys[0] ?? ''))
    const messages = await Promise.all(
      [true, false].map(async (signed) => {
        const context = { signed: String(signed) }
        const plaintext = Buffer.alloc(5000, 'left for later builds ')
        const message = await new Envelope({ keyring, signed, frameLength: 4096 }).encrypt(plaintext, { context })
        return { context, plaintext: base64(plaintext), message: base64(message) }
      }),
    )
    const indirect = await leaveIndirect(made, ours, await ours.resolve(keys[0] ?? ''))
    const users = [await limitedUser(connection, client, keys[0] ?? '')]
    await client.disableKey({ KeyId: keys[1] ?? '' })
    await client.scheduleKeyDeletion({ KeyId: keys[2] ?? '', PendingWindowInDays: 30 })
    const states = await Promise.all(
      keys.map(async (KeyId) => {
        const { KeyMetadata } = await client.describeKey({ KeyId })
        return { keyId: KeyId, state: KeyMetadata?.KeyState ?? '' }
      }),
    )
    const requests = await leaveKeys(wireTo(connection))
    return { keys: states, ciphertexts, messages, users, requests, rates: RATES, indirect }
  } finally {
    client.destroy()
    await server.stop()
  }
}

/** A user whose policy allows Decrypt and that a grant allows to generate data keys. */
async function limitedUser(connection: WireConnection, client: KMS, keyId: string): Promise<LeftUser> {
  const iam = new IAM(connection)
  try {
    const { User } = await iam.createUser({ UserName: 'limited' })
    const statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await iam.putUserPolicy({ UserName: 'limited', PolicyName: 'decrypt', PolicyDocument })
    const { AccessKey } = await iam.createAccessKey({ UserName: 'limited' })
    const GranteePrincipal = User?.Arn ?? ''
    await client.createGrant({ KeyId: keyId, GranteePrincipal, Operations: ['GenerateDataKey'] })
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  } finally {
    iam.destroy()
  }
}

async function namedKey(client: KMS, alias: string): Promise<string> {
  const { KeyMetadata } = await client.createKey({ Tags: [{ TagKey: 'left', TagValue: alias }], Description: alias })
  const keyId = KeyMetadata?.KeyId ?? ''
  await client.createAlias({ AliasName: `alias/${alias}`, TargetKeyId: keyId })
  return keyId
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
