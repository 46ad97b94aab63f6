import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ConnectionOptions } from '../src/shared/connection.ts'
import { connection } from '../src/shared/connection.ts'

/** What AWS's library asked, and all that it may ask: STS, IAM Identity Center and the agent of a container. */
let asked: string[] = []
const server = createServer((request, response) => void answer(request, response))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await bodyOf(request))
  const action = form.get('Action')
  const detail = action === null ? '' : ` ${action} ${form.get('RoleArn')} ${form.get('WebIdentityToken') ?? ''}`
  const { authorization = '', 'x-amz-sso_bearer_token': token } = request.headers
  const by = /Credential=(\w+)/.exec(authorization)?.[1] ?? authorization
  asked.push(
    `${request.method} ${request.url?.split('?')[0]}${detail} by ${String(token ?? by)}`.replace(/ +/g, ' ').trim(),
  )
  response.end(action === null ? JSON.stringify(jsonAnswer(request.url!)) : xmlAnswer(action))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const EXPIRES = '2099-01-01T00:00:00Z'

function jsonAnswer(url: string): object {
  if (!url.startsWith('/federation/')) {
    return { AccessKeyId: 'AKIDCONTAINER', SecretAccessKey: 's', Token: 't', Expiration: EXPIRES }
  }
  const expiration = Date.parse(EXPIRES)
  return { roleCredentials: { accessKeyId: 'AKIDSSO', secretAccessKey: 's', sessionToken: 't', expiration } }
}

function xmlAnswer(action: string): string {
  const credentials = `<AccessKeyId>AKID${action.toUpperCase()}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`
  const session = `<SessionToken>t</SessionToken><Expiration>${EXPIRES}</Expiration>`
  const result = `<${action}Result><Credentials>${credentials}${session}</Credentials></${action}Result>`
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</${action}Response>`
}

const folder = mkdtempSync(join(tmpdir(), 'keyhold-credentials-'))
const TOKEN = join(folder, 'token')
const SCRIPT = join(folder, 'script.cjs')
const ROLE = 'arn:aws:iam::111122223333:role/app'
const PROCESS = `"${process.execPath}" "${SCRIPT}"`
let port: number

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  writeFileSync(TOKEN, 'of-the-pod')
  const answer = {
    Version: 1,
    AccessKeyId: 'AKIDPROCESS',
    SecretAccessKey: 's',
    SessionToken: 't',
    Expiration: EXPIRES,
  }
  writeFileSync(SCRIPT, `console.log(${JSON.stringify(JSON.stringify(answer))})`)
  const cache = join(folder, 'home', '.aws', 'sso', 'cache')
  mkdirSync(cache, { recursive: true })
  const session = {
    accessToken: 'of-the-login',
    expiresAt: EXPIRES,
    region: 'eu-west-1',
    startUrl: 'https://sso.example',
  }
  writeFileSync(join(cache, `${createHash('sha1').update('work').digest('hex')}.json`), JSON.stringify(session))
})
after(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const SSO = `[profile s]
sso_session = work
sso_account_id = 111122223333
sso_role_name = reader
[sso-session work]
sso_region = eu-west-1
sso_start_url = https://sso.example
sso_registration_scopes = sso:account:access
`

interface Row {
  title: string
  config?: string
  credentials?: string
  env?: () => NodeJS.ProcessEnv
  options?: ConnectionOptions
  /** The access key that calls are signed with. */
  accessKeyId: string
  asks?: string[]
}

/** Each source of credentials in the guide's table. */
const ROWS: readonly Row[] = [
  {
    title: 'a credentials file with a byte-order mark',
    credentials: '\uFEFF[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = s\n',
    accessKeyId: 'AKIDFILE',
  },
  {
    title: 'a configuration file with a byte-order mark',
    config: '\uFEFF[default]\naws_access_key_id = AKIDCONFIG\naws_secret_access_key = s\n',
    accessKeyId: 'AKIDCONFIG',
  },
  {
    title: 'AWS_DEFAULT_PROFILE',
    credentials: '[d]\naws_access_key_id = AKIDD\naws_secret_access_key = s\n',
    env: () => ({ AWS_DEFAULT_PROFILE: 'd' }),
    accessKeyId: 'AKIDD',
  },
  {
    title: 'role_arn with source_profile',
    config: `[profile r]\nrole_arn = ${ROLE}\nsource_profile = base\n`,
    credentials: '[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = s\n',
    options: { profile: 'r' },
    accessKeyId: 'AKIDASSUMEROLE',
    asks: [`POST / AssumeRole ${ROLE} by AKIDBASE`],
  },
  {
    title: 'role_arn with credential_source',
    config: `[profile r]\nrole_arn = ${ROLE}\ncredential_source = Environment\n`,
    env: () => ({ AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 's' }),
    options: { profile: 'r' },
    accessKeyId: 'AKIDASSUMEROLE',
    asks: [`POST / AssumeRole ${ROLE} by AKIDENV`],
  },
  {
    title: 'credential_process',
    config: `[profile p]\ncredential_process = ${PROCESS}\n`,
    env: () => ({ AWS_PROFILE: 'p' }),
    accessKeyId: 'AKIDPROCESS',
  },
  {
    title: 'web_identity_token_file',
    config: `[profile w]\nrole_arn = ${ROLE}\nweb_identity_token_file = ${TOKEN}\n`,
    env: () => ({ AWS_PROFILE: 'w' }),
    accessKeyId: 'AKIDASSUMEROLEWITHWEBIDENTITY',
    asks: [`POST / AssumeRoleWithWebIdentity ${ROLE} of-the-pod by`],
  },
  {
    title: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    env: () => ({ AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN, AWS_ROLE_ARN: ROLE }),
    accessKeyId: 'AKIDASSUMEROLEWITHWEBIDENTITY',
    asks: [`POST / AssumeRoleWithWebIdentity ${ROLE} of-the-pod by`],
  },
  {
    title: 'the agent of a container',
    env: () => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/agent`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'of-the-agent',
    }),
    accessKeyId: 'AKIDCONTAINER',
    asks: ['GET /agent by of-the-agent'],
  },
  {
    title: 'sso_session after a login',
    config: SSO,
    env: () => ({ AWS_PROFILE: 's' }),
    accessKeyId: 'AKIDSSO',
    asks: ['GET /federation/credentials by of-the-login'],
  },
]

for (const [index, row] of ROWS.entries()) {
  test(`credentials come from ${row.title}`, async () => {
    const files = { AWS_CONFIG_FILE: join(folder, `config-${index}`), AWS_SHARED_CREDENTIALS_FILE: join(folder, `credentials-${index}`) } // prettier-ignore
    writeFileSync(files.AWS_CONFIG_FILE, row.config ?? '')
    writeFileSync(files.AWS_SHARED_CREDENTIALS_FILE, row.credentials ?? '')
    const endpoint = `http://127.0.0.1:${port}`
    const env = {
      ...files,
      HOME: join(folder, 'home'),
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...row.env?.(),
    }
    asked = []
    const found = await inEnvironment(env, async () => (await connection(row.options ?? {})).credentials())
    assert.equal(found.accessKeyId, row.accessKeyId)
    assert.deepEqual(asked, row.asks ?? [])
  })
}

/** AWS's library reads the environment of the process, whatever it is handed. */
async function inEnvironment<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  const whole = process.env
  const others = Object.entries(whole).filter(([name]) => !name.startsWith('AWS_'))
  process.env = { ...Object.fromEntries(others), ...env }
  try {
    return await work()
  } finally {
    process.env = whole
  }
}
