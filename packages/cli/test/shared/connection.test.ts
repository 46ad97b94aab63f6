import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { selfSigned } from '../../../../tools/testing/certificate.ts'
import { connection, exposesKeys } from '../../src/shared/connection.ts'
import { FileError, UsageError } from '../../src/base/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyhold-connection-'))
const { certificate: CERTIFICATE } = selfSigned({ names: ['localhost'] })
const BUNDLE = join(folder, 'bundle.pem')
let home: NodeJS.ProcessEnv

before(async () => {
  await writeFile(BUNDLE, CERTIFICATE)
  home = { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') }
  const config =
    '[default]\nregion = r-default-1\n[profile there]\nregion = r-there-1\nendpoint_url = https://there.example\n'
  await writeFile(join(folder, 'config'), config)
  await writeFile(join(folder, 'credentials'), '[there]\naws_access_key_id = AKIDTHERE\naws_secret_access_key = s\n')
})
after(() => rm(folder, { recursive: true }))

test('a flag goes before the environment, the environment before the profile', async () => {
  const env = { ...home, AWS_PROFILE: 'there' }
  const region = async (options: object, more: object): Promise<string> =>
    (await connection(options, { ...env, ...more })).region
  assert.equal(await region({ region: 'flag' }, { AWS_REGION: 'env' }), 'flag')
  assert.equal(await region({}, { AWS_REGION: 'env', AWS_DEFAULT_REGION: 'default' }), 'env')
  assert.equal(await region({}, { AWS_DEFAULT_REGION: 'default' }), 'default')
  assert.equal(await region({}, {}), 'r-there-1')
  assert.equal(await region({ profile: 'default' }, {}), 'r-default-1')

  const endpoint = async (options: object, more: object): Promise<string | undefined> =>
    (await connection(options, { ...env, ...more })).endpoint
  const both = { AWS_ENDPOINT_URL_KMS: 'https://kms.example', AWS_ENDPOINT_URL: 'https://all.example' }
  assert.equal(await endpoint({ endpoint: 'https://flag.example' }, both), 'https://flag.example')
  assert.equal(await endpoint({}, both), 'https://kms.example')
  assert.equal(await endpoint({}, { AWS_ENDPOINT_URL: 'https://all.example' }), 'https://all.example')
  assert.equal(await endpoint({}, {}), 'https://there.example')
  assert.equal(await endpoint({ profile: 'default' }, {}), undefined)
  assert.equal(await endpoint({}, { ...both, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }), undefined)
})

test('credentials are the environment’s, unless a profile is named', async () => {
  const env = {
    ...home,
    AWS_REGION: 'r',
    AWS_ACCESS_KEY_ID: 'AKIDENV',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_SESSION_TOKEN: 't',
  }
  const { credentials } = await connection({}, env)
  assert.deepEqual(await credentials(), { accessKeyId: 'AKIDENV', secretAccessKey: 's', sessionToken: 't' })
  const file = process.env['AWS_SHARED_CREDENTIALS_FILE']
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = home['AWS_SHARED_CREDENTIALS_FILE']
  try {
    const named = await connection({ profile: 'there' }, env)
    assert.equal((await named.credentials()).accessKeyId, 'AKIDTHERE')
  } finally {
    if (file === undefined) delete process.env['AWS_SHARED_CREDENTIALS_FILE']
    else process.env['AWS_SHARED_CREDENTIALS_FILE'] = file
  }
})

/** Each row of the guide's table that says what goes before what. */
const ROWS: readonly [title: string, config: string, env: object, options: object, expected: object][] = [
  ['an empty AWS_PROFILE is none', '[default]\nregion=d', { AWS_PROFILE: '' }, {}, { region: 'd' }],
  ['AWS_DEFAULT_PROFILE is read', '[profile p]\nregion=p', { AWS_DEFAULT_PROFILE: 'p' }, {}, { region: 'p' }],
  [
    'AWS_PROFILE goes before it',
    '[profile p]\nregion=p',
    { AWS_PROFILE: 'p', AWS_DEFAULT_PROFILE: 'q' },
    {},
    { region: 'p' },
  ],
  ['an empty AWS_REGION is none', '', { AWS_REGION: '', AWS_DEFAULT_REGION: 'd' }, {}, { region: 'd' }],
  ['a byte-order mark is passed over', '\uFEFF[default]\nregion=d', {}, {}, { region: 'd' }],
  [
    'a profile turns endpoints off',
    '[default]\nregion=d\nendpoint_url=https://a\nignore_configured_endpoint_urls = true',
    { AWS_ENDPOINT_URL: 'https://b' },
    {},
    { endpoint: undefined },
  ],
  [
    'the flag is not turned off',
    '[default]\nregion=d\nignore_configured_endpoint_urls = true',
    {},
    { endpoint: 'https://c' },
    { endpoint: 'https://c' },
  ],
  [
    'the environment turns them on again',
    '[default]\nregion=d\nendpoint_url=https://a\nignore_configured_endpoint_urls = true',
    { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' },
    {},
    { endpoint: 'https://a' },
  ],
  [
    'AWS_CA_BUNDLE goes before ca_bundle',
    '[default]\nregion=d\nca_bundle=/none',
    { AWS_CA_BUNDLE: BUNDLE },
    {},
    { ca: CERTIFICATE },
  ],
  ['ca_bundle is read', `[default]\nregion=d\nca_bundle=${BUNDLE}`, {}, {}, { ca: CERTIFICATE }],
  [
    'AWS_MAX_ATTEMPTS goes before max_attempts',
    '[default]\nregion=d\nmax_attempts=2',
    { AWS_MAX_ATTEMPTS: '1' },
    {},
    { retry: { maxAttempts: 1 } },
  ],
  ['max_attempts is read', '[default]\nregion=d\nmax_attempts = 7', {}, {}, { retry: { maxAttempts: 7 } }],
  ['an empty AWS_MAX_ATTEMPTS is none', '', { AWS_REGION: 'd', AWS_MAX_ATTEMPTS: '' }, {}, { retry: undefined }],
  ['AWS_RETRY_MODE is not read', '', { AWS_REGION: 'd', AWS_RETRY_MODE: 'adaptive' }, {}, { retry: undefined }],
]
for (const [title, config, more, options, expected] of ROWS) {
  test(title, async () => {
    const file = join(folder, 'row')
    await writeFile(file, config)
    const found = await connection(options, { AWS_CONFIG_FILE: file, ...more })
    assert.partialDeepStrictEqual({ endpoint: undefined, retry: undefined, ...found }, expected)
  })
}

/** What a setting must not be, and what the message says. */
const REFUSED: readonly [config: string, env: NodeJS.ProcessEnv, kind: typeof FileError | typeof UsageError, RegExp][] =
  [
    ['', { AWS_MAX_ATTEMPTS: '0' }, UsageError, /^AWS_MAX_ATTEMPTS is "0"\./],
    ['', { AWS_MAX_ATTEMPTS: '3 or so' }, UsageError, /^AWS_MAX_ATTEMPTS is "3 or so"\./],
    ['[default]\nmax_attempts=-1', {}, UsageError, /^max_attempts of the profile is "-1"\./],
    ['', { AWS_CA_BUNDLE: '/none' }, FileError, /^AWS_CA_BUNDLE names "\/none", which cannot be read: no such file/],
    ['[default]\nca_bundle=/none', {}, FileError, /^ca_bundle of the profile names "\/none", which cannot be read/],
    ['', { AWS_CA_BUNDLE: tmpdir() }, FileError, /^AWS_CA_BUNDLE names .* cannot be read: it is a folder\.$/],
    ['', { AWS_CA_BUNDLE: import.meta.filename }, FileError, /^AWS_CA_BUNDLE names .* holds no certificate in PEM\.$/],
  ]
test('settings that mean nothing are named', async () => {
  const file = join(folder, 'refused')
  for (const [config, env, kind, message] of REFUSED) {
    await writeFile(file, config)
    await assert.rejects(connection({ region: 'r' }, { AWS_CONFIG_FILE: file, ...env }), (error) => {
      assert.ok(error instanceof kind, String(error))
      assert.match(error.message, message)
      return true
    })
  }
  await writeFile(file, Buffer.from('\uFEFF[default]\nregion=d\n', 'utf16le'))
  await assert.rejects(connection({}, { AWS_CONFIG_FILE: file }), /no text in UTF-8/)
})

test('no proxy is asked for a server on this machine, nor for what NO_PROXY names', async () => {
  const { proxyEnv } = await connection(
    { region: 'r' },
    { ...home, HTTP_PROXY: 'http://p.example', NO_PROXY: 'kms.example' },
  )
  for (const host of ['kms.example', 'localhost', '127.0.0.1', '[::1]']) {
    assert.ok(proxyEnv['NO_PROXY']?.split(',').includes(host), host)
    assert.equal(proxyEnv['no_proxy'], proxyEnv['NO_PROXY'])
  }
  assert.equal(proxyEnv['HTTP_PROXY'], 'http://p.example')
})

test('keys of the environment go before AWS_PROFILE', async () => {
  const env = {
    ...home,
    AWS_REGION: 'r',
    AWS_PROFILE: 'there',
    AWS_ACCESS_KEY_ID: 'AKIDENV',
    AWS_SECRET_ACCESS_KEY: 's',
  }
  assert.equal((await (await connection({}, env)).credentials()).accessKeyId, 'AKIDENV')
})

test('without a region it says how to name one', async () => {
  const missing = { AWS_CONFIG_FILE: join(folder, 'missing') }
  await assert.rejects(
    connection({}, missing),
    (error) => error instanceof UsageError && /--region/.test(error.message),
  )
})

test('no file of the working directory is ever read', async () => {
  const before = process.cwd()
  await writeFile(join(folder, '.env'), 'AWS_REGION=evil\nAWS_ENDPOINT_URL_KMS=https://evil.example\n')
  process.chdir(folder)
  try {
    assert.equal(
      (await connection({ region: 'mine' }, { AWS_CONFIG_FILE: join(folder, 'missing') })).endpoint,
      undefined,
    )
    await assert.rejects(connection({}, { HOME: folder, AWS_CONFIG_FILE: join(folder, 'missing') }), UsageError)
  } finally {
    process.chdir(before)
  }
})

test('an endpoint without TLS is dangerous unless it is this machine', () => {
  for (const url of ['http://127.0.0.1:5670', 'http://localhost:5670', 'http://[::1]:5670', 'https://kms.example']) {
    assert.equal(exposesKeys(url), false, url)
  }
  for (const url of [
    'http://kms.example',
    'http://10.0.0.1:5670',
    'http://localhost.example',
    'http://127.0.0.1.example',
  ]) {
    assert.equal(exposesKeys(url), true, url)
  }
})
