import type { KmsConnection } from '@keyhold/client'
import type { AliasListEntry, GetKeyLastUsageResponse, KeyListEntry, KeyMetadata } from '@keyhold/protocol'
import { describeKey, grantsOf, namesOf, rotationsOf } from './look-up.ts'
import { regionOf } from './names.ts'
import { type Outsider, outsidersOfGrants, outsidersOfPolicy } from './open-to-others.ts'

/** Something that the KMS would not say about one key. */
export interface Problem {
  operation: string
  code: string
  message: string
}

/** What a KMS says about one key; what it does not say is absent, and among the problems. */
export interface KeyFacts {
  keyId: string
  aliases: string[]
  metadata?: KeyMetadata
  lastUsage?: GetKeyLastUsageResponse
  rotation?: Rotation
  byPolicy?: Outsider[]
  byGrants?: Outsider[]
  problems: Problem[]
}

interface Rotation {
  enabled: boolean
  /** When the last material came, the first one included. */
  last?: Date
}

/**
 * Answers that are about one key: the others may still be asked about. Any other failure is of the whole, such as a
 * service that is not there.
 */
const ABOUT_ONE_KEY: readonly string[] = [
  'AccessDeniedException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnknownOperationException',
  'UnsupportedOperationException',
]

/** Asks all that a report needs to know about one key. */
export async function keyFacts(
  service: KmsConnection,
  { KeyId: keyId = '', KeyArn }: KeyListEntry,
  aliases: readonly AliasListEntry[],
): Promise<KeyFacts> {
  const key = KeyArn ?? keyId
  const problems: Problem[] = []
  const ask = <T>(operation: string, call: () => Promise<T>): Promise<T | undefined> => asked(operation, call, problems)
  const metadata = await ask('DescribeKey', () => describeKey(service, key))
  const account = metadata?.AWSAccountId ?? accountOf(key)
  return present({
    keyId,
    aliases: namesOf(aliases, keyId),
    metadata,
    lastUsage: await ask('GetKeyLastUsage', () => service.call('GetKeyLastUsage', { KeyId: key }, regionOf(key))),
    rotation: metadata && isRotatable(metadata) ? await rotationFacts(service, key, metadata, ask) : undefined,
    byPolicy: await ask('GetKeyPolicy', async () => outsidersOfPolicy(await policyOf(service, key), account)),
    byGrants: await ask('ListGrants', async () => outsidersOfGrants(await grantsOf(service, key), account)),
    problems,
  })
}

/** Source: AWS KMS Developer Guide, "Enable automatic key rotation": of other keys the KMS makes no new material. */
export function isRotatable({ KeySpec, Origin, KeyState }: KeyMetadata): boolean {
  return KeySpec === 'SYMMETRIC_DEFAULT' && Origin === 'AWS_KMS' && KeyState !== 'PendingDeletion'
}

type Ask = <T>(operation: string, call: () => Promise<T>) => Promise<T | undefined>

async function rotationFacts(
  service: KmsConnection,
  key: string,
  { CreationDate }: KeyMetadata,
  ask: Ask,
): Promise<Rotation | undefined> {
  const status = await ask('GetKeyRotationStatus', () =>
    service.call('GetKeyRotationStatus', { KeyId: key }, regionOf(key)),
  )
  if (status === undefined) return undefined
  if (status.KeyRotationEnabled !== true) return { enabled: false }
  const rotations = await ask('ListKeyRotations', () => rotationsOf(service, key))
  if (rotations === undefined) return undefined
  const dates = rotations.flatMap(({ RotationDate }) => RotationDate ?? []).concat(CreationDate ?? [])
  const last = dates.toSorted((a, b) => b.getTime() - a.getTime())[0]
  return { enabled: true, ...(last !== undefined && { last }) }
}

async function policyOf(service: KmsConnection, key: string): Promise<string> {
  return (await service.call('GetKeyPolicy', { KeyId: key }, regionOf(key))).Policy ?? ''
}

/** What a call answers, or nothing and a problem more if the refusal is about this key alone. */
export async function asked<T>(operation: string, call: () => Promise<T>, problems: Problem[]): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    const problem = problemOf(operation, error)
    if (problem === undefined) throw error
    problems.push(problem)
    return undefined
  }
}

function problemOf(operation: string, error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined
  const { message } = error
  if (error instanceof SyntaxError) return { operation, code: 'MALFORMED_POLICY', message }
  const code = error.name === 'KmsError' && 'code' in error ? String(error.code) : ''
  return ABOUT_ONE_KEY.includes(code) ? { operation, code, message } : undefined
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}

type Optional<T> = { [Name in keyof T]: T[Name] | undefined }

function present(facts: Optional<KeyFacts>): KeyFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as KeyFacts
}
