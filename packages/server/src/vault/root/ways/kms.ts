import { resolve } from 'node:path'
import { type Input, type Output, parseArn, partitionOf, Secret } from '@keyhold/protocol'
import type { CredentialsPlace } from '../kms/credentials.ts'
import { KmsError } from '../kms/kms-error.ts'
import { kmsRootError } from '../kms/kms-faults.ts'
import { RootError } from '../root-error.ts'
import type { Answers, WayContext, WayKind } from './kind.ts'
import type { WayParameters } from './way.ts'

/** A key of AWS KMS or of another Keyhold, and how it is reached. */
export interface KmsSettings extends CredentialsPlace {
  /** An ARN, or an id or alias where `region` is given. */
  keyId: string
  /** Unless the ARN of the key has it. */
  region?: string | undefined
  /** An HTTPS URL. By default AWS's in that Region. */
  endpoint?: string | undefined
  /** PEM certificates that are trusted for the endpoint, instead of the public authorities. Relative to the data folder. */
  caFile?: string | undefined
}

/**
 * A symmetric key of another KMS, AWS's or another Keyhold's. It encrypts the seed, with the ids of root and way as encryption
 * context. It is needed to open the root, not while a server runs.
 */
export const kmsKind: WayKind<KmsSettings> = {
  kind: 'kms',

  async protect(seed, settings, context, answers) {
    const parameters = parametersOf(settings)
    const input = { KeyId: settings.keyId, Plaintext: seed, EncryptionContext: encryptionContext(context) }
    const { CiphertextBlob: blob, KeyId: keyArn } = await call('Encrypt', input, parameters, context, answers)
    if (blob === undefined || keyArn === undefined) throw noKms(parameters)
    return { ...parameters, keyArn, ciphertext: Buffer.from(blob).toString('base64') }
  },

  async reveal(parameters, context, answers) {
    const { keyArn = '', ciphertext = '' } = parameters
    const input = {
      KeyId: keyArn,
      CiphertextBlob: Buffer.from(ciphertext, 'base64'),
      EncryptionContext: encryptionContext(context),
    }
    const { Plaintext: seed, KeyId: answered } = await call('Decrypt', input, parameters, context, answers)
    if (seed === undefined) throw noKms(parameters)
    if (answered === keyArn) return seed
    seed.wipe()
    throw kmsRootError(new KmsError('another-key', answered ?? ''), placeOf(parameters))
  },

  describe: (parameters) => `the key ${placeOf(parameters).keyId} at ${placeOf(parameters).endpoint}`,

  needsPerson: () => false,
}

/** Authenticated by the KMS, and in its audit log. */
function encryptionContext({ rootId, id }: WayContext): Record<string, string> {
  return { 'keyhold:root': rootId, 'keyhold:way': id }
}

async function call<N extends 'Encrypt' | 'Decrypt'>(
  operation: N,
  input: Input<N>,
  parameters: WayParameters,
  context: WayContext,
  answers: Answers,
): Promise<Output<N>> {
  const [{ callKms }, { credentialsFor }] = await Promise.all([
    import('../kms/call-kms.ts'),
    import('../kms/credentials.ts'),
  ])
  const { region = '', caFile } = parameters
  const credentials = await credentialsFor(parameters, context, answers)
  const { endpoint } = placeOf(parameters)
  const place = { region, endpoint, caFile: caFile === undefined ? undefined : resolve(context.folder, caFile) }
  try {
    return await callKms(operation, input, place, credentials)
  } catch (error) {
    throw kmsRootError(error, placeOf(parameters))
  } finally {
    if (credentials.secretAccessKey instanceof Secret) credentials.secretAccessKey.wipe()
  }
}

function parametersOf({ keyId, region, endpoint, ...settings }: KmsSettings): WayParameters {
  const place = region ?? parseArn(keyId)?.region
  if (place === undefined || !/^[a-z0-9-]{1,32}$/.test(place))
    throw new RootError('refused', `Name the Region of ${JSON.stringify(keyId)}: only an ARN has it.`)
  if (endpoint !== undefined) requireHttps(endpoint)
  const values = { keyId, region: place, endpoint, ...settings }
  return Object.fromEntries(Object.entries(values).filter((one): one is [string, string] => one[1] !== undefined))
}

function requireHttps(endpoint: string): void {
  const url = URL.parse(endpoint)
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return
  throw new RootError(
    'refused',
    `${JSON.stringify(endpoint)} is no endpoint of a KMS: only https: is used, as the root's secret is in the answer.`,
  )
}

function placeOf({ keyId = '', keyArn = keyId, region = '', endpoint }: WayParameters): {
  keyId: string
  endpoint: string
} {
  const domain = partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return { keyId: keyArn, endpoint: endpoint ?? `https://kms.${region}.${domain}/` }
}

function noKms(parameters: WayParameters): unknown {
  return kmsRootError(new KmsError('no-kms', 'its answer lacks what was asked for'), placeOf(parameters))
}
