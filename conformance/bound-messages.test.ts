/** Context that messages are bound to without storing it, beside the parts of the official client. */
import assert from 'node:assert/strict'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { Envelope, type KeyArn, type KmsConnection } from '@keyhold/client'
import { folder } from '../tools/testing/folder.ts'
import { keyhold } from '../tools/testing/keyhold.ts'
import { clientOf } from './client-of.ts'
import { readBound, writeBound } from './official-bound.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const FRAME = 4096
const PLAINTEXT = Buffer.alloc(3 * FRAME + 7, 'bound to what it does not say ')
const stored = { tenant: 't-17' }
const bound = { path: 'hr/salaries', größe: 'ß', '\u{1f511}': 'beyond U+FFFF', '\uffee': 'before it' }
const requiredContext = Object.keys(bound)
const {
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
} = aws.AlgorithmSuiteIdentifier
const SUITES = [
  { signed: true, suiteId: ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384 },
  { signed: false, suiteId: ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY },
]

describe('bound messages', () => {
  let server: TestServer
  let ours: KmsConnection
  let key: KeyArn
  let officialClient: KMS
  let official: aws.KmsKeyringNode
  before(async () => {
    server = await startServer()
    ours = clientOf(server)
    key = await ours.resolve((await ours.call('CreateKey', {})).KeyMetadata!.Arn!)
    officialClient = new KMS({ ...server, maxAttempts: 1 })
    official = new aws.KmsKeyringNode({ clientProvider: () => officialClient, generatorKeyId: key })
  })
  after(async () => {
    officialClient?.destroy()
    await server?.stop()
  })

  for (const { signed, suiteId } of SUITES) {
    const what = signed ? 'signed' : 'unsigned'

    test(`that we wrote are read by the official client's parts, under no other context: ${what}`, async () => {
      const envelope = new Envelope({ keyring: ours.key(key), signed, requiredContext, frameLength: FRAME })
      const message = Buffer.from(await envelope.encrypt(PLAINTEXT, { context: { ...stored, ...bound } }))
      assert.ok((await readBound(message, official, bound)).equals(PLAINTEXT))
      await assert.rejects(readBound(message, official, { ...bound, path: 'public/salaries' }), /InvalidCiphertext/)
      await assert.rejects(readBound(message, official, {}), /InvalidCiphertext/)
    })

    test(`that the official client's parts wrote are read by us, under no other context: ${what}`, async () => {
      const message = await writeBound(PLAINTEXT, official, { suiteId, stored, bound, frameLength: FRAME })
      const reader = new Envelope({ keyring: ours.key(key), requiredContext })
      const { plaintext, header } = await reader.decrypt(message, { expect: { ...stored, ...bound } })
      assert.ok(PLAINTEXT.equals(plaintext))
      assert.equal(header.context['path'], undefined)
      const moved = { ...stored, ...bound, path: 'public/salaries' }
      await assert.rejects(reader.decrypt(message, { expect: moved }), { code: 'NO_KEY_OPENS' })
      const stranger = new Envelope({ keyring: ours.key(key) })
      await assert.rejects(stranger.decrypt(message, { expect: stored }), { code: 'NO_KEY_OPENS' })
    })
  }

  test('by --bind-path cross over, and no file opens under another name', async () => {
    await using files = await folder()
    const [root, plain, opened] = ['root', 'plain', 'opened'].map((name) => files.path(name)) as [
      string,
      string,
      string,
    ]
    const env = { ...clientEnvironment(server), AWS_ENDPOINT_URL_KMS: server.endpoint }
    await mkdir(join(root, 'hr'), { recursive: true })
    await writeFile(plain, PLAINTEXT)
    const [file, renamed] = [join(root, 'hr/salaries.kh'), join(root, 'hr/holidays.kh')]
    const bindPath = ['-k', key, '--bind-path', root]
    const sealed = await keyhold(['encrypt', ...bindPath, '-o', file, plain], env)
    assert.equal(sealed.status, 0, sealed.stderr)
    const place = (path: string): aws.EncryptionContext => ({ 'keyhold-path': path })
    const ofOurs = await readFile(file)
    assert.ok((await readBound(ofOurs, official, place('hr/salaries.kh'))).equals(PLAINTEXT))
    await assert.rejects(readBound(ofOurs, official, place('hr/holidays.kh')), /InvalidCiphertext/)

    const { suiteId } = SUITES[0]!
    const theirs = { suiteId, stored: {}, bound: place('hr/salaries.kh'), frameLength: FRAME }
    await writeFile(file, await writeBound(PLAINTEXT, official, theirs))
    const read = await keyhold(['decrypt', ...bindPath, '-o', opened, file], env)
    assert.equal(read.status, 0, read.stderr)
    assert.ok((await readFile(opened)).equals(PLAINTEXT))
    await rename(file, renamed)
    const refused = await keyhold(['decrypt', ...bindPath, '-o', opened, renamed], env)
    assert.notEqual(refused.status, 0)
    assert.match(refused.stderr, /InvalidCiphertextException/)
  })
})
