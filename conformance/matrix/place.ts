import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createServer, type Server } from 'node:tls'
import { CreateAliasCommand, CreateKeyCommand, KMSClient, type KeySpec, type KeyUsageType } from '@aws-sdk/client-kms'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { keyhold } from '../../tools/testing/keyhold.ts'
import { startServer, type TestServer } from '../server.ts'
import { type Authority, makeAuthority } from './authority.ts'
import type { Asked } from './needs.ts'

/** A server that recipes are tried against, over TLS and by name, with the keys that they name. */
export interface Place {
  /** Its port on `localhost`. */
  port: number
  region: string
  /** A file with the certificate that clients are to trust. */
  authority: string
  /** ARNs, by the variables that recipes call them. */
  keys: Readonly<Record<string, string>>
  /** Makes a user who may do what the policy says, and nothing else. Their access key. */
  makeUser(name: string, policy: string): Promise<TestServer['credentials']>
  /** What a user asked for, from the audit: `kms:Encrypt`, with the code of the error, if it was refused. */
  asked(user: string): Promise<Asked[]>
  close(): Promise<void>
}

/** The keys that each place has. All but OTHER may be used by recipes; what is asked of OTHER is denied. */
const KEYS: Readonly<Record<string, { alias: string; spec?: KeySpec; usage?: KeyUsageType }>> = {
  KEY: { alias: 'alias/app' },
  OTHER: { alias: 'alias/other' },
  SIGNING_KEY: { alias: 'alias/signing', spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY' },
  ETHEREUM_KEY: { alias: 'alias/ethereum', spec: 'ECC_SECG_P256K1', usage: 'SIGN_VERIFY' },
  SOLANA_KEY: { alias: 'alias/solana', spec: 'ECC_NIST_EDWARDS25519', usage: 'SIGN_VERIFY' },
  MAC_KEY: { alias: 'alias/mac', spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' },
}

export async function makePlace(): Promise<Place> {
  const server = await startServer()
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-matrix-'))
  const authority = await makeAuthority(folder)
  const door = await openDoor(server, authority)
  const { endpoint, region, credentials } = server
  const iam = new IAMClient({ endpoint, region, credentials })
  return {
    port: (door.address() as AddressInfo).port,
    region,
    authority: authority.authority,
    keys: await makeKeys(new KMSClient({ endpoint, region, credentials })),
    async makeUser(UserName, PolicyDocument) {
      await iam.send(new CreateUserCommand({ UserName }))
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'recipe', PolicyDocument }))
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    },
    asked: (user) => asked(server.data, user),
    async close() {
      door.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeKeys(kms: KMSClient): Promise<Record<string, string>> {
  const made = Object.entries(KEYS).map(async ([name, { alias, spec, usage }]) => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: spec, KeyUsage: usage }))
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }))
    return [name, KeyMetadata?.Arn ?? ''] as const
  })
  return Object.fromEntries(await Promise.all(made))
}

/** TLS for a server that speaks plainly. What a connection carries goes through as it is. */
async function openDoor(server: TestServer, { certificate, key }: Authority): Promise<Server> {
  const { hostname, port } = new URL(server.endpoint)
  const door = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (client) => {
    const inner = connect(Number(port), hostname)
    // Either end that closes, or breaks, closes the other.
    pipeline(client, inner, client, () => undefined)
  })
  door.on('tlsClientError', () => undefined)
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  return door
}

interface AuditEvent {
  eventSource: string
  eventName: string
  errorCode?: string
  requestParameters?: { tags?: unknown }
}

async function asked(data: string, user: string): Promise<Asked[]> {
  const { status, stdout, stderr } = await keyhold(['audit', 'query', '--data', data, '--principal', user, '--json'])
  if (status !== 0) throw new Error(`keyhold audit query failed: ${stderr}`)
  const events = stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditEvent)
  return events.flatMap(({ eventSource, errorCode, ...event }) =>
    actionsOf(event).map((name) => ({
      action: `${eventSource.split('.')[0]}:${name}`,
      ...(errorCode !== undefined && { refused: errorCode }),
    })),
  )
}

/** ReEncrypt is allowed by two actions, one for each key; a new key with tags needs another one. */
function actionsOf({ eventName, requestParameters }: Pick<AuditEvent, 'eventName' | 'requestParameters'>): string[] {
  if (eventName === 'ReEncrypt') return ['ReEncryptFrom', 'ReEncryptTo']
  return eventName === 'CreateKey' && requestParameters?.tags !== undefined ? [eventName, 'TagResource'] : [eventName]
}
