import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connection, exposesKeys } from '../src/connection.ts'
import { UsageError } from '../src/usage-error.ts'

let folder: string
let home: NodeJS.ProcessEnv

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyhold-connection-'))
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
