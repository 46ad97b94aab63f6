import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { createFileRoot, fileRoot } from '../../../src/vault/root/file-root.ts'
import { RootError } from '../../../src/vault/root/root-error.ts'
import type { RootErrorCode } from '../../../src/vault/root/root-error.ts'
import type { UnsealedRoot } from '../../../src/vault/root/root.ts'

const POSIX_ONLY = { skip: process.platform === 'win32' ? 'Windows has no such permissions' : false }
const CONTEXT = ['domain-key', 'global', '1']
const UUID = /^[0-9a-f-]{36}$/

test('a new root is opened again by its id and unwraps what it wrapped', async (t) => {
  const { file, root } = await newRoot(t)
  assert.match(root.id, UUID)
  assert.equal(root.generation, 1)
  const wrapped = await root.wrap(CONTEXT, Secret.of(Buffer.from('secret')))
  const again = await fileRoot(file, systemRandom).unseal(root.id)
  assert.equal(again.id, root.id)
  assert.equal(await textOf(again, wrapped), 'secret')
})

test('the file has the specified form and no other file is beside it', async (t) => {
  const { folder, file, root } = await newRoot(t)
  const text = await readFile(file, 'latin1')
  const form = /^keyhold-root 1\nid ([0-9a-f-]{36})\ngeneration 1\nkey [0-9a-f]{64}\nchecksum [0-9a-f]{64}\n$/
  assert.equal(form.exec(text)?.[1], root.id)
  assert.deepEqual(await readdir(folder), ['keyhold.root'])
})

test('the root in the specification opens', async (t) => {
  const folder = await temporaryFolder(t)
  const specification = await readFile(new URL('../../../../../docs/spec/root-file.md', import.meta.url), 'utf8')
  const example = /^```text\n(keyhold-root 1\n[\s\S]*?)```$/m.exec(specification)?.[1]
  assert.ok(example)
  const file = join(folder, 'root')
  await writeFile(file, example, { mode: 0o600 })
  assert.equal((await fileRoot(file, systemRandom).unseal('6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11')).generation, 1)
})

test('only its owner may read the file', POSIX_ONLY, async (t) => {
  const { file } = await newRoot(t)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('creating never replaces what exists: neither a file nor a dangling link', async (t) => {
  const { folder, file } = await newRoot(t)
  const before = await readFile(file)
  await refuses(createFileRoot(file, systemRandom), 'exists', /never replaces/)
  assert.deepEqual(await readFile(file), before)

  const dangling = join(folder, 'dangling')
  await symlink(join(folder, 'nothing'), dangling)
  await refuses(createFileRoot(dangling, systemRandom), 'exists', /never replaces/)
  assert.deepEqual((await readdir(folder)).toSorted(), ['dangling', 'keyhold.root'])
})

test('of many that create the same root at once, exactly one does', async (t) => {
  const file = join(await temporaryFolder(t), 'root')
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => createFileRoot(file, systemRandom)))
  const made = results.filter((result) => result.status === 'fulfilled')
  assert.equal(made.length, 1)
  await fileRoot(file, systemRandom).unseal(made[0]?.value ?? '')
})

test('a folder that does not exist is named as the reason', async (t) => {
  const file = join(await temporaryFolder(t), 'no', 'such', 'root')
  await refuses(createFileRoot(file, systemRandom), 'io', /folder must exist/)
})

test('a missing file is a refusal and stays missing', async (t) => {
  const { folder, file, root } = await newRoot(t)
  await rm(file)
  await refuses(fileRoot(file, systemRandom).unseal(root.id), 'missing', /backup/)
  assert.deepEqual(await readdir(folder), [])
})

test('a file that others may read or write is refused, with the command that mends it', POSIX_ONLY, async (t) => {
  const { file, root } = await newRoot(t)
  for (const mode of [0o640, 0o620, 0o604, 0o601, 0o644, 0o666]) {
    await chmod(file, mode)
    await refuses(fileRoot(file, systemRandom).unseal(root.id), 'permissions', /chmod 600/)
  }
  await chmod(file, 0o400)
  await fileRoot(file, systemRandom).unseal(root.id)
})

test('the root of another data folder is refused by name', async (t) => {
  const { root } = await newRoot(t)
  const other = await newRoot(t)
  const error = await refuses(
    fileRoot(other.file, systemRandom).unseal(root.id),
    'foreign',
    /belongs to this data folder/,
  )
  assert.ok(error.message.includes(root.id) && error.message.includes(other.root.id))
})

test('a symbolic link is followed, and the file it leads to is judged', POSIX_ONLY, async (t) => {
  const { folder, file, root } = await newRoot(t)
  const linked = join(folder, 'linked')
  await symlink(file, linked)
  assert.equal((await fileRoot(linked, systemRandom).unseal(root.id)).id, root.id)
  await chmod(file, 0o644)
  await refuses(fileRoot(linked, systemRandom).unseal(root.id), 'permissions', /chmod 600/)
})

test('what is no file at all is refused without waiting for it', POSIX_ONLY, async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'a-folder'), { mode: 0o700 })
  await refuses(fileRoot(join(folder, 'a-folder'), systemRandom).unseal('any'), 'damaged', /backup/)
  await refuses(fileRoot('/dev/zero', systemRandom).unseal('any'), 'damaged', /backup/)
  assert.equal(spawnSync('mkfifo', ['-m', '600', join(folder, 'a-pipe')]).status, 0)
  await refuses(fileRoot(join(folder, 'a-pipe'), systemRandom).unseal('any'), 'damaged', /backup/)
})

test('a file of a later version says so', async (t) => {
  const { file, root } = await newRoot(t)
  await edit(file, (bytes) => Buffer.from(bytes.toString('latin1').replace('keyhold-root 1', 'keyhold-root 3')))
  await refuses(fileRoot(file, systemRandom).unseal(root.id), 'unsupported', /later Keyhold/)
})

test('damage to any one byte is a refusal that leaves the file as it is', async (t) => {
  const { folder, file, root } = await newRoot(t)
  const sound = await readFile(file)
  for (let index = 0; index < sound.byteLength; index++) {
    for (const mask of [0x01, 0x20, 0x80]) {
      const damaged = Buffer.from(sound)
      damaged[index] = (damaged[index] ?? 0) ^ mask
      await writeFile(file, damaged)
      await refuses(fileRoot(file, systemRandom).unseal(root.id), ['damaged', 'unsupported'], /\. /)
      assert.deepEqual(await readFile(file), damaged)
    }
  }
  assert.deepEqual(await readdir(folder), ['keyhold.root'])
})

test('a key of another length is refused, though the checksum fits', async (t) => {
  const { file, root } = await newRoot(t)
  await edit(file, (bytes) => {
    const covered = bytes.toString('latin1').replace(/^(key [0-9a-f]{62})[0-9a-f]{2}\nchecksum .*\n$/m, '$1\n')
    return Buffer.from(`${covered}checksum ${createHash('sha256').update(covered).digest('hex')}\n`)
  })
  await refuses(fileRoot(file, systemRandom).unseal(root.id), 'damaged', /backup/)
})

test('a file cut anywhere, or with anything after it, is a refusal', async (t) => {
  const { file, root } = await newRoot(t)
  const sound = await readFile(file)
  const cut = Array.from({ length: sound.byteLength }, (_, length) => sound.subarray(0, length))
  const grown = ['\n', ' ', 'key 00\n', 'x'.repeat(2000)].map((more) => Buffer.concat([sound, Buffer.from(more)]))
  for (const bytes of [...cut, ...grown, Buffer.concat([Buffer.from('\n'), sound])]) {
    await writeFile(file, bytes)
    await refuses(fileRoot(file, systemRandom).unseal(root.id), 'damaged', /backup/)
  }
  await writeFile(file, sound)
  await fileRoot(file, systemRandom).unseal(root.id)
})

test('no message of a refusal holds the key', async (t) => {
  const { file, root } = await newRoot(t)
  const key = /^key ([0-9a-f]{64})$/m.exec(await readFile(file, 'latin1'))?.[1] ?? assert.fail()
  await edit(file, (bytes) => bytes.subarray(0, -2))
  for (const id of [root.id, 'another']) {
    const error = await refuses(fileRoot(file, systemRandom).unseal(id), 'damaged', /backup/)
    assert.ok(!`${error.message}${error.stack}${String(error.cause)}`.includes(key.slice(0, 8)))
  }
})

test('moved or linked elsewhere, a root file is the same root', async (t) => {
  const { folder, file, root } = await newRoot(t)
  await link(file, join(folder, 'second-name'))
  await rename(file, join(folder, 'moved'))
  for (const name of ['second-name', 'moved']) await fileRoot(join(folder, name), systemRandom).unseal(root.id)
})

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-root-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function newRoot(t: TestContext): Promise<{ folder: string; file: string; root: UnsealedRoot }> {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'keyhold.root')
  const id = await createFileRoot(file, systemRandom)
  return { folder, file, root: await fileRoot(file, systemRandom).unseal(id) }
}

async function edit(file: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(file, change(await readFile(file)))
}

async function refuses(
  attempt: Promise<UnsealedRoot | string>,
  codes: RootErrorCode | readonly RootErrorCode[],
  message: RegExp,
): Promise<RootError> {
  const error: unknown = await attempt.then(
    () => assert.fail('a root was opened'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof RootError, String(error))
  assert.ok([codes].flat().includes(error.code), `${error.code}: ${error.message}`)
  assert.match(error.message, message)
  return error
}

async function textOf(root: UnsealedRoot, wrapped: Uint8Array): Promise<string | undefined> {
  const secret = await root.unwrap(CONTEXT, wrapped)
  return secret && Buffer.from(secret.reveal()).toString()
}
