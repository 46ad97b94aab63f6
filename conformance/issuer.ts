import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PROVIDER = 'issuer.example.com/cluster'
export const AUDIENCE = 'sts.amazonaws.com'

/** An OpenID Connect issuer whose keys a server finds in a file, as an operator hands them over. */
export interface TestIssuer {
  /** What `keyhold serve` needs to accept its tokens. */
  flags: string[]
  /** The path of a file that holds a new token for this subject, as Kubernetes mounts one. */
  tokenFile(subject: string): Promise<string>
  token(subject: string): string
  remove(): Promise<void>
}

export async function makeIssuer(): Promise<TestIssuer> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-issuer-'))
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
  await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }))
  const list = [{ issuer: `https://${PROVIDER}`, audiences: [AUDIENCE], jwks: { file: 'jwks.json' } }]
  await writeFile(join(folder, 'issuers.yaml'), JSON.stringify(list))
  const token = (subject: string): string => tokenFor(subject, privateKey)
  return {
    flags: ['--oidc', join(folder, 'issuers.yaml')],
    token,
    async tokenFile(subject) {
      const file = join(folder, encodeURIComponent(subject))
      await writeFile(file, token(subject))
      return file
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** RFC 7519, signed as RFC 7518, section 3.3 says. */
function tokenFor(sub: string, key: KeyObject): string {
  const iat = Math.floor(Date.now() / 1000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: `https://${PROVIDER}`, aud: AUDIENCE, sub, iat, exp: iat + 600 }
  const data = `${part({ alg: 'RS256', kid: 'one' })}.${part(claims)}`
  return `${data}.${sign('sha256', Buffer.from(data), key).toString('base64url')}`
}
