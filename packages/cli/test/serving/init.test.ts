import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fail, initialize, succeed, temporaryFolder } from '../support/vault.ts'

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

test('init makes everything readable by its owner alone', async (t) => {
  const vault = await initialize(t)
  assert.equal(mode(vault.data), '700')
  assert.equal(mode(join(vault.data, 'audit')), '700')
  for (const name of ['keyhold.json', 'keyhold.db']) assert.equal(mode(join(vault.data, name)), '600', name)
  assert.equal(mode(vault.rootFile), '600')
  assert.equal(mode(vault.credentialsFile), '600')
})

test('init writes the access key in the form of AWS shared credentials, and then does not print it', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'credentials')
  const output = await succeed(['init', join(folder, 'data'), '--no-recovery', '--credentials-file', file])
  const [, id, secret] =
    /^\[default\]\naws_access_key_id = (AKIA[A-Z2-7]{16})\naws_secret_access_key = (\S{40})\n$/.exec(
      readFileSync(file, 'utf8'),
    ) ?? []
  assert(id !== undefined && secret !== undefined)
  assert(output.includes(id))
  assert(!output.includes(secret))
})

test('init prints the access key once when no file is named', async (t) => {
  const output = await succeed(['init', join(temporaryFolder(t), 'data'), '--no-recovery', '--account', '123456789012'])
  assert.match(output, /^Access key id +AKIA[A-Z2-7]{16}$/m)
  assert.match(output, /^Secret +\S{40}$/m)
  assert.match(output, /^Account +123456789012$/m)
  assert.match(output, /^Administrator +arn:aws:iam::123456789012:user\/administrator$/m)
})

test('init puts the root of trust where it is told, and the folder remembers it', async (t) => {
  const folder = temporaryFolder(t)
  const [data, root] = [join(folder, 'data'), join(folder, 'elsewhere.root')]
  await succeed(['init', data, '--no-recovery', '--root-file', root, '--credentials-file', join(folder, 'credentials')])
  assert(existsSync(root))
  assert(!existsSync(`${data}.root`))
  const manifest = JSON.parse(readFileSync(join(data, 'keyhold.json'), 'utf8')) as { root: { file: string } }
  assert.equal(manifest.root.file, root)
})

test('init refuses a folder that is not empty, and changes nothing in it', async (t) => {
  const data = temporaryFolder(t)
  writeFileSync(join(data, 'mine'), 'precious')
  await fail(
    ['init', data, '--no-recovery'],
    2,
    /is not empty\. Name a folder that does not exist yet, or an empty one\./,
  )
  assert.deepEqual(readdirSync(data), ['mine'])
  assert(!existsSync(`${data}.root`))
})

test('init refuses to make a folder a second time', async (t) => {
  const vault = await initialize(t)
  const before = readFileSync(vault.rootFile)
  await fail(['init', vault.data, '--no-recovery'], 2, /is not empty/)
  assert.deepEqual(readFileSync(vault.rootFile), before)
})

test('init never replaces a credentials file, and makes nothing when it may not write one', async (t) => {
  const folder = temporaryFolder(t)
  const [data, file] = [join(folder, 'data'), join(folder, 'credentials')]
  writeFileSync(file, 'of another service')
  await fail(['init', data, '--no-recovery', '--credentials-file', file], 9, /exists already/)
  assert.equal(readFileSync(file, 'utf8'), 'of another service')
  assert(!existsSync(data))
})

test('init takes its credentials file away again when it is refused', async (t) => {
  const folder = temporaryFolder(t)
  const [data, file] = [join(folder, 'data'), join(folder, 'credentials')]
  mkdirSync(data)
  writeFileSync(join(data, 'mine'), 'precious')
  await fail(['init', data, '--no-recovery', '--credentials-file', file], 2, /is not empty/)
  assert(!existsSync(file))
})

test('init never replaces a root file', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  writeFileSync(`${data}.root`, 'the root of another folder')
  await fail(['init', data, '--no-recovery'], 7, /data\.root exists already/)
  assert.equal(readFileSync(`${data}.root`, 'utf8'), 'the root of another folder')
})

test('init refuses a root file inside the data folder, and an account id that is none', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  await fail(['init', data, '--no-recovery', '--root-file', join(data, 'root')], 2, /must not be in the data folder/)
  await fail(['init', data, '--no-recovery', '--account', '12345'], 2, /An account id is 12 digits\./)
  assert(!existsSync(data))
})

test('init demands to know what opens the keys when the root of trust is lost, and makes nothing without', async (t) => {
  const folder = temporaryFolder(t)
  const [data, credentials] = [join(folder, 'data'), join(folder, 'credentials')]
  await fail(['init', data, '--credentials-file', credentials], 2, /root of trust is lost.*--no-recovery/)
  assert.deepEqual(readdirSync(folder), [])
})
