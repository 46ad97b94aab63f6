import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateAliasCommand, CreateKeyCommand, KMSClient, type KeySpec, type KeyUsageType } from '@aws-sdk/client-kms'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { keyhold } from '../../tools/testing/keyhold.ts'
import { startServer, type TestServer } from '../server.ts'
import { makeAuthority } from './authority.ts'
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
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-matrix-'))
  const { authority, certificate, key } = await makeAuthority(folder)
  const server = await startServer(['--tls-cert', certificate, '--tls-key', key])
  const { endpoint, region, credentials } = server
  const requestHandler = { httpsAgent: new Agent({ ca: readFileSync(authority) }) }
  const iam = new IAMClient({ endpoint, region, credentials, requestHandler })
  return {
    port: Number(new URL(endpoint).port),
    region,
    authority,
    keys: await makeKeys(new KMSClient({ endpoint, region, credentials, requestHandler })),
    async makeUser(UserName, PolicyDocument) {
      await iam.send(new CreateUserCommand({ UserName }))
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'recipe', PolicyDocument }))
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    },
    asked: (user) => asked(server.data, user),
    async close() {
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

const TAGGING: Readonly<Record<string, string>> = { CreateKey: 'TagResource', CreateUser: 'TagUser' }

/** ReEncrypt is allowed by two actions, one for each key; what is made with tags needs another one. */
function actionsOf({ eventName, requestParameters }: Pick<AuditEvent, 'eventName' | 'requestParameters'>): string[] {
  if (eventName === 'ReEncrypt') return ['ReEncryptFrom', 'ReEncryptTo']
  const tagging = requestParameters?.tags === undefined ? undefined : TAGGING[eventName]
  return tagging === undefined ? [eventName] : [eventName, tagging]
}
