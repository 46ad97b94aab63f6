/** The offline reader is one file that needs nothing beside it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bundleReader } from '../../recover/bundle.ts'
import { folder as emptyFolder } from '../../testing/folder.ts'
import type { LeftFolder } from '../../testing/left-folder.ts'

const SOURCES = join(import.meta.dirname, '../../recover')
const LEFT = join(import.meta.dirname, '../../../vectors/data/0.1.0-all-keys')

test('the offline reader imports modules of Node and its own files alone', () => {
  for (const name of readdirSync(SOURCES).filter((file) => file !== 'bundle.ts')) {
    const imports = readFileSync(join(SOURCES, name), 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)
    for (const [, from = '', dynamic = ''] of imports) assert.match(from + dynamic, /^(node:|\.\/)/, name)
  }
})

describe('the offline reader, as one file', () => {
  let place: Awaited<ReturnType<typeof emptyFolder>>
  const left = JSON.parse(readFileSync(join(LEFT, 'expected.json'), 'utf8')) as LeftFolder
  before(async () => {
    place = await emptyFolder()
    bundleReader(place.path('keyhold-recover.mjs'))
  })
  after(() => place[Symbol.asyncDispose]())

  test('lists what is there, and shows nothing secret', () => {
    const { status, stdout } = run('list')
    assert.equal(status, 0)
    assert.partialDeepStrictEqual(JSON.parse(stdout), { faults: [], verified: { key: 28 } })
    for (const { secretAccessKey } of left.users ?? []) assert.ok(!stdout.includes(secretAccessKey))
  })

  test('writes the material of a key for its owner alone, and never over a file', () => {
    const rsa = (JSON.parse(run('list').stdout) as { keys: { keyId: string; spec: string }[] }).keys.find(
      ({ spec }) => spec === 'RSA_2048',
    )
    const to = place.path('rsa.der')
    assert.equal(run('material', rsa?.keyId ?? '', '--to', to).status, 0)
    assert.equal(createPrivateKey({ key: readFileSync(to), format: 'der', type: 'pkcs8' }).asymmetricKeyType, 'rsa')
    if (process.platform !== 'win32') assert.equal(statSync(to).mode & 0o777, 0o600)
    const again = run('material', rsa?.keyId ?? '', '--to', to)
    assert.deepEqual([again.status, again.stderr.includes('EEXIST')], [7, true])
    assert.equal(run('material', 'no-such-key', '--to', place.path('x')).status, 7)
  })

  test('opens a ciphertext with its encryption context', () => {
    const { context = {}, plaintext = '', ciphertext = '' } = left.ciphertexts[1] ?? {}
    writeFileSync(place.path('blob'), Buffer.from(ciphertext, 'base64'))
    const pairs = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    assert.equal(run('blob', place.path('blob'), '--to', place.path('opened'), ...pairs).status, 0)
    assert.equal(readFileSync(place.path('opened'), 'base64'), plaintext)
    const without = run('blob', place.path('blob'), '--to', place.path('y'))
    assert.deepEqual([without.status, /encryption context is another/.test(without.stderr)], [7, true])
  })

  test('writes access keys as a credentials file', () => {
    assert.equal(run('access-keys', '--to', place.path('credentials')).status, 0)
    const [{ accessKeyId, secretAccessKey } = { accessKeyId: '', secretAccessKey: '' }] = left.users ?? []
    const entry = `[${accessKeyId}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
    assert.ok(readFileSync(place.path('credentials'), 'utf8').includes(entry))
  })

  test('says how it is used', () => {
    const { status, stdout } = run('nothing-like-this')
    assert.deepEqual([status, stdout.startsWith('Usage: keyhold-recover')], [2, true])
  })

  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const folders = ['--data', join(LEFT, 'data'), '--root-file', join(LEFT, 'data.root')]
    const options = { cwd: place.path('.'), env: {}, encoding: 'utf8' } as const
    return spawnSync(process.execPath, [place.path('keyhold-recover.mjs'), ...args, ...folders], options)
  }
})
