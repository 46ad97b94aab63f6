import { resolve } from 'node:path'
import { type Credentials, Secret } from '@keyhold/protocol'
import { type FileRole, readPrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import type { Answers, WayContext } from '../ways/kind.ts'

/** Where a way's access key is. */
export interface CredentialsPlace {
  /** A credentials file of AWS's tools, relative to the data folder. */
  credentialsFile?: string | undefined
  /** A section of that file; `default` unless given. */
  profile?: string | undefined
}

const CREDENTIALS_FILE: FileRole = {
  name: 'credentials file',
  remedy: 'Name another with --credentials-file when the way is added, or put it back.',
  maxBytes: 256 * 1024,
}

/**
 * What to sign with: the file that the way names; else what the caller provides, as the command's credential chain; else the
 * environment. Rejects with RootError.
 */
export async function credentialsFor(
  place: CredentialsPlace,
  context: WayContext,
  answers: Answers,
): Promise<Credentials> {
  if (place.credentialsFile !== undefined) return fromFile(place.credentialsFile, place.profile, context)
  const given = await answers.awsCredentials?.(place.profile)
  return given ?? fromEnvironment(context)
}

function fromEnvironment({ name }: WayContext): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env
  const sessionToken = process.env['AWS_SESSION_TOKEN']
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  const advice = 'Name a credentials file when the way is added, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
  throw new RootError('wanting', `The way ${name} has no access key to call its KMS with. ${advice}`)
}

async function fromFile(file: string, profile = 'default', { folder }: WayContext): Promise<Credentials> {
  const place = resolve(folder, file)
  const bytes = await readPrivateFile(place, CREDENTIALS_FILE)
  const values = section(bytes.toString(), profile)
  bytes.fill(0)
  const [accessKeyId, secret] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')]
  const sessionToken = values.get('aws_session_token')
  if (accessKeyId === undefined || secret === undefined)
    throw new RootError('damaged', `${place} has no access key in its section [${profile}].`)
  const secretAccessKey = Secret.of(new TextEncoder().encode(secret))
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}

/** A section of an INI file, as AWS's tools write it. */
function section(text: string, name: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  let current = ''
  for (const line of text.split(/\r?\n/)) {
    current = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1] ?? current
    const [, key, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/i.exec(line) ?? []
    if (current === name && key !== undefined && value !== undefined) values.set(key.toLowerCase(), value)
  }
  return values
}
