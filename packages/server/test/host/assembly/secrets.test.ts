import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../vault/storage/sqlite/subject.ts'
import { ServerProcess } from './support/child.ts'
import { type DataKey, KmsClient } from './support/client.ts'
import { randomBase64, Vault } from './support/vault.ts'

test('nothing secret is in the data folder, in a log or in an error', async () => {
  await using vault = await Vault.create()
  const root = /^key ([0-9a-f]{64})$/m.exec(await readFile(vault.rootFile, 'utf8'))?.[1] ?? assert.fail()
  const words = 'the launch code is 0000, honestly'
  const planted: Record<string, Buffer> = {
    'the root key': Buffer.from(root, 'hex'),
    "the administrator's secret": Buffer.from(vault.credentials.secretAccessKey),
    'a plaintext of bytes': randomBytes(48),
    'a plaintext of words': Buffer.from(words),
  }
  const answers: string[] = []
  await using server = await vault.start({ logLevel: 'info' })
  using client = vault.client(server)
  const keyId = await client.createKey()
  for (const name of ['a plaintext of bytes', 'a plaintext of words']) {
    const Plaintext = planted[name]?.toString('base64')
    const { CiphertextBlob } = await client.ok('Encrypt', { KeyId: keyId, Plaintext, EncryptionContext: { a: 'b' } })
    assert.equal(
      (await client.ok('Decrypt', { CiphertextBlob, EncryptionContext: { a: 'b' } }))['Plaintext'],
      Plaintext,
    )
    for (const wrong of errors(keyId, Plaintext ?? '')) answers.push((await client.send(...wrong)).text)
  }
  for (let index = 0; index < 20; index++) {
    const { Plaintext } = await client.ok<DataKey & Record<string, string>>('GenerateDataKey', {
      KeyId: keyId,
      KeySpec: 'AES_256',
    })
    planted[`data key ${index}`] = Buffer.from(Plaintext, 'base64')
  }
  const { Plaintext: random } = await client.ok('GenerateRandom', { NumberOfBytes: 64 })
  planted['random bytes'] = Buffer.from(random ?? '', 'base64')
  answers.push(...(await wrongCredentials(server, vault)))

  assert.ok(answers.every((text) => text.startsWith('{"__type":')))
  const places = new Map<string, Buffer>([
    ['an error', Buffer.from(answers.join('\n'))],
    ...(await filesBelow(vault.folder)), // with its log, while the server runs
  ])
  server.kill('SIGKILL')
  await server.ended
  await using again = await vault.start({ logLevel: 'info' })
  await again.stop()
  for (const [file, bytes] of await filesBelow(vault.folder)) places.set(`${file}, later`, bytes)
  places.set('standard error', Buffer.from(server.log + again.log))

  assert.ok([...places.keys()].some((file) => file.endsWith('-wal')))
  assert.ok(
    [...places.values()].some((bytes) => bytes.includes(keyId)),
    'the search finds what is there',
  )
  assert.deepEqual(found(planted, places), [])
})

test('nor is the material of a seed file in the folder of a development server', async () => {
  const folder = await temporaryFolder()
  const material = randomBytes(32)
  const seed = `keys:\n  - id: 1234abcd-12ab-34cd-56ef-1234567890ab\n    material: ${material.toString('base64')}\n`
  const settings = { mode: 'dev', port: 0, folder: join(folder.path, 'dev'), seed, logLevel: 'info' } as const
  await using server = await ServerProcess.start(settings)
  using client = new KmsClient(server.endpoint, { accessKeyId: '000000000000', secretAccessKey: 'any' }, 'us-east-1')
  await client.ok('GenerateDataKey', { KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab', KeySpec: 'AES_256' })
  const places = await filesBelow(settings.folder)
  await server.stop()
  places.set('standard error', Buffer.from(server.log))
  assert.deepEqual(found({ 'the material': material }, places), [])
  await folder.remove()
})

test('the search sees each form in which a secret may be written, at any offset', () => {
  const secret = randomBytes(32)
  for (const form of ['base64', 'base64url', 'hex'] as const) {
    for (const before of ['', 'x', 'xy']) {
      const text = Buffer.concat([Buffer.from(before), secret]).toString(form)
      const place = new Map([['file', Buffer.from(`{"a":"${text}"}`)]])
      // A text without `+`, `/`, `-` and `_` is base64 and base64url at once, and is found as both.
      assert.notEqual(found({ secret }, place).length, 0, `${form} after ${before}`)
    }
  }
  assert.equal(found({ secret }, new Map([['file', Buffer.concat([Buffer.of(0), secret])]])).length, 1)
})

/** Requests that hold a plaintext and fail, each in its own way. */
function errors(keyId: string, plaintext: string): [target: string, body: Buffer][] {
  const bodies: [operation: string, body: string][] = [
    ['Encrypt', JSON.stringify({ KeyId: 'alias/none', Plaintext: plaintext })],
    ['Encrypt', JSON.stringify({ KeyId: keyId, Plaintext: Buffer.from(plaintext.repeat(150)).toString('base64') })],
    ['Encrypt', JSON.stringify({ KeyId: keyId, Plaintext: [plaintext] })],
    ['Encrypt', JSON.stringify({ KeyId: keyId, Plaintext: `${plaintext}*` })],
    ['Encrypt', `{"KeyId":"${keyId}","Plaintext":"${plaintext}"`],
    ['Decrypt', JSON.stringify({ CiphertextBlob: plaintext })],
    ['MakeCoffee', JSON.stringify({ Plaintext: plaintext })],
    ['GenerateMac', JSON.stringify({ KeyId: keyId, Message: plaintext, MacAlgorithm: 'HMAC_SHA_256' })],
  ]
  return bodies.map(([operation, body]) => [`TrentService.${operation}`, Buffer.from(body)])
}

/** The answers to a caller who knows part of the credentials. */
async function wrongCredentials(server: ServerProcess, { credentials }: Vault): Promise<string[]> {
  const wrong = [
    { ...credentials, secretAccessKey: `${credentials.secretAccessKey}x` },
    { ...credentials, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' },
    { ...credentials, sessionToken: randomBase64(40) },
  ]
  return Promise.all(
    wrong.map(async (given) => {
      using client = new KmsClient(server.endpoint, given)
      return (await client.call('ListKeys', {})).text
    }),
  )
}

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)))
}

/** Which secret is where, and in which form. */
function found(planted: Record<string, Buffer>, places: ReadonlyMap<string, Buffer>): string[] {
  return Object.entries(planted).flatMap(([name, secret]) =>
    formsOf(secret).flatMap((form) =>
      [...places].flatMap(([place, bytes]) => (bytes.includes(form) ? [`${name} is in ${place}`] : [])),
    ),
  )
}

/** Raw, hex, and the inner part of base64, which depends on how many bytes come before. */
function formsOf(secret: Buffer): Buffer[] {
  const hex = secret.toString('hex')
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64')
    return text.slice(before + 2, before + 2 + Math.floor((secret.byteLength - 3) / 3) * 4)
  })
  const texts = [
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
  return [secret, ...texts.map((text) => Buffer.from(text))]
}
