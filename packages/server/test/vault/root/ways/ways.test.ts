import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../../src/crypto/random.ts'
import { RootError } from '../../../../src/vault/root/root-error.ts'
import type { UnsealedRoot } from '../../../../src/vault/root/root.ts'
import { readWays } from '../../../../src/vault/root/ways/folder.ts'
import { parseRootFile } from '../../../../src/vault/root/ways/root-file.ts'
import { recipientKind } from '../../../../src/vault/root/ways/recipient.ts'
import { parseRootText } from '../../../../src/vault/root/root-text.ts'
import { silentLogger } from '../../../support/silent-logger.ts'
import { flipped, type FolderOfWays, folderOfWays, MAIN, SPARE, wayFile, withRecipient } from '../../../support/ways.ts'
import { needs } from '../../../../../../tools/testing/needs.ts'

const POSIX_ONLY = { skip: process.platform === 'win32' ? 'Windows has no such permissions' : false }
const CONTEXT = ['domain-key', 'global', '1']

test('each way opens the root, whatever is lost of the others', async () => {
  await using there = await folderOfWays()
  const wrapped = await there.root.wrap(CONTEXT, Secret.of(Buffer.from('a domain key')))
  await there.add({ ...MAIN, form: 'hybrid' })
  const second = await there.add(SPARE)
  const { name, identity, way: kept } = await withRecipient(there)
  const opens = async (): Promise<void> => assert.equal(await opened(await there.open(), wrapped), 'a domain key')
  await opens()
  await rm(there.beside('main.root'))
  await opens()
  await rm(wayFile(there, second))
  await assert.rejects(there.open(), { name: 'RootError', message: /main\.root does not exist.*--identity/s })
  assert.equal(await opened(await there.open({ identities: [identity] }), wrapped), 'a domain key')
  assert.deepEqual([kept.name, kept.parameters], [name, {}])
})

test('a root file that was moved opens where it is named, and with its folder at another place', async () => {
  await using there = await folderOfWays()
  await there.add(MAIN)
  await rename(there.beside('main.root'), there.beside('elsewhere.root'))
  await assert.rejects(there.open(), { code: 'missing' })
  await there.open({ rootFiles: [there.beside('elsewhere.root')] })
  // Relative places are those of the data folder, wherever that is.
  await mkdir(there.beside('moved'))
  await rename(there.folder, there.beside('moved/data'))
  await rename(there.beside('elsewhere.root'), there.beside('moved/main.root'))
  const moved = { ...there, folder: there.beside('moved/data') }
  assert.equal((await readWays(moved.folder)).ways.length, 1)
  await openAt(moved)
})

test('a root file of a way that the folder lacks says which file to restore', async () => {
  await using there = await folderOfWays()
  const way = await there.add(MAIN)
  await rm(wayFile(there, way))
  await assert.rejects(there.open({ rootFiles: [there.beside('main.root')] }), {
    code: 'missing',
    message: new RegExp(`Restore root/${way.id}\\.json`),
  })
})

test('a way and its root file have the specified form, and only their owner reads them', POSIX_ONLY, async () => {
  await using there = await folderOfWays()
  const way = await there.add({ ...MAIN, form: 'hybrid' })
  const file = wayFile(there, way)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await stat(join(there.folder, 'root'))).mode & 0o777, 0o700)
  assert.equal((await stat(there.beside('main.root'))).mode & 0o777, 0o600)
  const { format, ...members } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  assert.equal(format, 1)
  assert.deepEqual(members, { ...way })
  assert.match(way.recipient, /^age1pq1/)
  assert.match(
    await readFile(there.beside('main.root'), 'latin1'),
    new RegExp(
      `^# keyhold-root-file 2\n# root ${there.root.id}\n# way ${way.id}\nAGE-SECRET-KEY-PQ-1[A-Z0-9]+\n# checksum [0-9a-f]{64}\n$`,
    ),
  )
  assert.deepEqual(await readdir(join(there.folder, 'root')), [`${way.id}.json`])
})

test('the root file in the specification is one', async () => {
  const specification = await readFile(new URL('../../../../../../docs/spec/root-file.md', import.meta.url), 'utf8')
  const example = /^```text\n(# keyhold-root-file 2\n[\s\S]*?)```$/m.exec(specification)?.[1]
  const parsed = await parseRootFile(Buffer.from(example ?? ''))
  assert.ok(typeof parsed === 'object')
  assert.deepEqual(
    [...parsed.key.seed.reveal()],
    Array.from({ length: 32 }, (_, index) => index),
  )
})

test('age opens the root of a way with the root file as its identity', { skip: needs('age') }, async () => {
  await using there = await folderOfWays()
  const way = await there.add(MAIN)
  const sealed = there.beside('root.age')
  await writeFile(sealed, Buffer.from(way.root, 'base64'))
  const { stdout, stderr, status } = spawnSync('age', ['-d', '-i', there.beside('main.root'), sealed])
  assert.equal(status, 0, stderr.toString())
  const parsed = parseRootText(stdout)
  assert.ok(typeof parsed === 'object' && parsed.id === there.root.id)
})

test('age-keygen makes an identity that opens a way', { skip: needs('age') }, async () => {
  await using there = await folderOfWays()
  const identity = there.beside('identity')
  assert.equal(spawnSync('age-keygen', ['-o', identity]).status, 0)
  const recipient = spawnSync('age-keygen', ['-y', identity]).stdout.toString().trim()
  await there.add({ kind: recipientKind, settings: { recipient }, name: 'safe' })
  assert.equal((await there.open({ identities: [identity] })).id, there.root.id)
})

test('damage to a way is a refusal of that way alone, and leaves its file as it is', POSIX_ONLY, async () => {
  await using there = await folderOfWays()
  const way = await there.add(MAIN)
  const file = wayFile(there, way)
  const sound = await readFile(file)
  const edit = (change: (members: Record<string, unknown>) => unknown) => async (): Promise<void> =>
    writeFile(file, JSON.stringify(change(JSON.parse(sound.toString()) as Record<string, unknown>)))
  const harm: Readonly<Record<string, readonly [string, () => Promise<unknown>]>> = {
    'it is empty': ['damaged', () => writeFile(file, '')],
    'it is cut': ['damaged', () => writeFile(file, sound.subarray(0, -10))],
    'it is too large': ['damaged', () => writeFile(file, Buffer.concat([sound, Buffer.alloc(65_536, ' ')]))],
    'it is no JSON object': ['damaged', edit(() => [])],
    'it has a member more': ['damaged', edit((members) => ({ ...members, other: 1 }))],
    'it lacks a member': ['damaged', edit((members) => ({ ...members, mac: undefined }))],
    'it is of a later form': ['unsupported', edit((members) => ({ ...members, format: 2 }))],
    'it is of a later kind': ['unsupported', edit((members) => ({ ...members, kind: 'dna' }))],
    'its id is that of no file': ['damaged', edit((members) => ({ ...members, id: there.root.id }))],
    'it is of another root': ['foreign', edit((members) => ({ ...members, rootId: way.id }))],
    'its generations are out of order': ['damaged', edit((members) => ({ ...members, generations: [1, 2] }))],
    'its root is not base64': ['damaged', edit((members) => ({ ...members, root: 'a b' }))],
    'a bit of its root differs': ['damaged', edit((members) => ({ ...members, root: flipped(way.root) }))],
    'a parameter is no text': ['damaged', edit((members) => ({ ...members, parameters: { file: 1 } }))],
    'others can read it': ['permissions', () => chmod(file, 0o644)],
    'it is a named pipe': [
      'damaged',
      async () => {
        await rm(file)
        assert.equal(spawnSync('mkfifo', ['-m', '600', file]).status, 0)
      },
    ],
  }
  for (const [what, [code, doHarm]] of Object.entries(harm)) {
    await doHarm()
    await assert.rejects(there.open(), (error) => error instanceof RootError && error.code === code, what)
    await rm(file)
    await writeFile(file, sound, { mode: 0o600 })
  }
  await there.open()
})

test('a root file of another way, another root or another kind is refused by name', async () => {
  await using there = await folderOfWays()
  await using other = await folderOfWays()
  await there.add(MAIN)
  await rm(wayFile(there, await there.add(SPARE)))
  await other.add(MAIN)
  const place = there.beside('main.root')
  for (const [from, expected] of [
    [other.beside('main.root'), /is of the root/],
    [there.beside('spare.root'), /is of the way/],
    [there.beside('text'), /contains a root itself/],
  ] as const) {
    await writeFile(there.beside('text'), `keyhold-root 1\n`, { mode: 0o600 })
    await copyFile(from, place)
    await assert.rejects(there.open(), { code: 'foreign', message: expected })
  }
  const bytes = await readFile(other.beside('main.root'))
  for (const [text, code] of [
    [bytes.toString().replace('root-file 2', 'root-file 3'), 'unsupported'],
    [bytes.toString().replace('# way ', '# Way '), 'damaged'],
    [bytes.toString().replace(/[0-9a-f]\n$/, 'g\n'), 'damaged'],
    [flippedCase(bytes.toString()), 'damaged'],
  ] as const) {
    await writeFile(place, text)
    await assert.rejects(there.open(), (error) => error instanceof RootError && error.code === code)
  }
})

test('ways of one name, made by a hand, both open and neither hinders', async () => {
  await using there = await folderOfWays()
  await there.add(MAIN)
  const second = await there.add(SPARE)
  await writeFile(wayFile(there, second), JSON.stringify({ format: 1, ...second, name: 'main' }))
  await rm(there.beside('main.root'))
  assert.equal((await there.open()).id, there.root.id)
})

test('an identity file without the identity, or that others can read, opens nothing', POSIX_ONLY, async () => {
  await using there = await folderOfWays()
  const { identity } = await withRecipient(there)
  const { identity: other } = await withRecipient(there, 'hybrid')
  await using elsewhere = await folderOfWays()
  const { identity: foreign } = await withRecipient(elsewhere)
  for (const form of [identity, other]) assert.equal((await there.open({ identities: [form] })).id, there.root.id)
  assert.equal((await there.open({ identities: [foreign, identity] })).id, there.root.id)
  await assert.rejects(there.open({ identities: [foreign] }), { code: 'wrong' })
  await chmod(identity, 0o640)
  await assert.rejects(there.open({ identities: [identity] }), { code: 'permissions' })
})

async function openAt({ folder, root }: FolderOfWays): Promise<void> {
  const { providersOf, unsealByAny } = await import('../../../../src/vault/root/providers.ts')
  await unsealByAny(await providersOf({ folder, places: [], random: systemRandom }), root.id, silentLogger)
}

async function opened(root: UnsealedRoot, wrapped: Uint8Array): Promise<string | undefined> {
  const unwrapped = await root.unwrap(CONTEXT, wrapped)
  return unwrapped && Buffer.from(unwrapped.reveal()).toString()
}

function flippedCase(text: string): string {
  return text.replace(/(-1[0-9]*)([A-Z])/, (_, start: string, letter: string) => start + letter.toLowerCase())
}
