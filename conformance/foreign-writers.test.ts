/**
 * What is rewrapped while programs of others put newer files into its place: AWS's own client and command open every file
 * afterwards, and find the newest version in it.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { folder } from '../tools/testing/folder.ts'
import { keyhold } from '../tools/testing/keyhold.ts'
import { needs } from '../tools/testing/needs.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const NAMES = ['a', 'b', 'c', 'd']
const VERSIONS = 5
/** Knows of no lock, as mv does not. */
const WRITER = `
for version in $(seq 1 ${VERSIONS}); do
  for name in ${NAMES.join(' ')}; do mv next/$version/$name.kh tree/$name.kh; sleep 0.05; done
done`

describe('files that are rewrapped while mv replaces them', { skip: needs('bash', 'perl') }, () => {
  const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  let server: TestServer
  let sdk: KMS
  let env: NodeJS.ProcessEnv
  before(async () => {
    server = await startServer()
    sdk = new KMS({ ...server, maxAttempts: 1 })
    env = { ...clientEnvironment(server), AWS_ENDPOINT_URL_KMS: server.endpoint }
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  const keyringOf = (generatorKeyId: string, ...keyIds: string[]): aws.KmsKeyringNode =>
    new aws.KmsKeyringNode({ clientProvider: () => sdk, generatorKeyId, keyIds })

  test('open in the client and the command of AWS, each in its newest version', async (scope) => {
    await using files = await folder()
    const [from, to] = [await sdk.createKey({}), await sdk.createKey({})].map((made) => made.KeyMetadata!.Arn!)
    for (let version = 0; version <= VERSIONS; version++) {
      const to = files.path(version === 0 ? 'tree' : `next/${version}`)
      await mkdir(to, { recursive: true })
      for (const name of NAMES) {
        const options = { encryptionContext: { version: String(version) } }
        const { result } = await official.encrypt(keyringOf(from!), `${name} ${version}`, options)
        await writeFile(`${to}/${name}.kh`, result)
      }
    }

    const writer = spawn('bash', ['-ec', WRITER], { cwd: files.path('.'), stdio: 'inherit' })
    const ended = once(writer, 'close')
    let rewraps = 0
    while (writer.exitCode === null || rewraps < 2) {
      const under = ['--from-key', from!, '--from-key', to!, '-k', to!]
      const { status, stderr } = await keyhold(['rewrap', '-r', '-q', ...under, files.path('tree')], env)
      if (status !== 0) assert.match(stderr, /was changed|took the place/)
      rewraps += 1
    }
    assert.deepEqual(await ended, [0, null])
    const { status, stderr } = await keyhold(
      ['rewrap', '-r', '--from-key', from!, '--from-key', to!, '-k', to!, files.path('tree')],
      env,
    )
    assert.equal(status, 0, stderr)

    assert.deepEqual(
      (await readdir(files.path('tree'))).toSorted(),
      NAMES.map((name) => `${name}.kh`),
    )
    for (const name of NAMES) {
      const message = await readFile(files.path(`tree/${name}.kh`))
      const { plaintext, messageHeader } = await official.decrypt(keyringOf(to!), message)
      assert.equal(plaintext.toString(), `${name} ${VERSIONS}`)
      assert.equal(messageHeader.encryptionContext['version'], String(VERSIONS))
    }
    await scope.test('and its command', { skip: needs('aws-encryption-cli') }, async () => {
      await mkdir(files.path('opened'))
      const flags = ['--decrypt', '-S', '-r', '--suffix', '-w', 'provider=aws-kms', `key=${to}`]
      const ends = ['-i', files.path('tree'), '-o', files.path('opened')]
      const opened = spawnSync('aws-encryption-cli', [...flags, ...ends], { env, encoding: 'utf8' })
      assert.equal(opened.status, 0, opened.stderr)
      for (const name of NAMES) {
        assert.equal(await readFile(files.path(`opened/${name}.kh`), 'utf8'), `${name} ${VERSIONS}`)
      }
    })
  })
})
