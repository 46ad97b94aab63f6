import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption'
import { needs } from '../../../../tools/testing/needs.ts'
import { CHUNK_BYTES } from '../../src/crypto/age-payload.ts'
import { beginAgeFile } from '../../src/backup/age-header.ts'
import { openArchive, readArchive } from '../../src/backup/archive-reader.ts'
import { ArchiveWriter } from '../../src/backup/archive-writer.ts'
import { BackupError } from '../../src/backup/backup-error.ts'

const folder = await mkdtemp(join(tmpdir(), 'keyhold-age-'))
after(() => rm(folder, { recursive: true }))

const IDENTITIES = { x25519: await generateX25519Identity(), hybrid: await generateHybridIdentity() }
const recipients = await Promise.all(Object.values(IDENTITIES).map((identity) => identityToRecipient(identity)))

/** Sizes of contents so that tars end in the middle of a chunk, at its end, and one block before and after it. */
const SIZES = [0, 1, CHUNK_BYTES - 1536, CHUNK_BYTES - 2048, CHUNK_BYTES - 1024, 3 * CHUNK_BYTES + 5]

async function archive(name: string, sizes: readonly number[]): Promise<string> {
  const file = join(folder, name)
  const descriptor = openSync(file, 'w')
  const writer = new ArchiveWriter(descriptor, await beginAgeFile(recipients), 0)
  for (const [at, size] of sizes.entries()) writer.addBytes(`m/${at}`, Buffer.alloc(size, at + 1))
  writer.end()
  closeSync(descriptor)
  return file
}

test('every size is read back as written, by each identity', async () => {
  for (const size of SIZES) {
    const file = await archive('one', [size])
    for (const identity of Object.values(IDENTITIES)) {
      const parts: Uint8Array[] = []
      const found = readArchive(
        file,
        await openArchive(file, [identity]),
        () => (part) => parts.push(Buffer.from(part)),
      )
      assert.deepEqual(Buffer.concat(parts), Buffer.alloc(size, 1))
      assert.deepEqual(
        found.members.map(({ name, bytes }) => [name, bytes]),
        [['m/0', size]],
      )
      assert.equal(found.bytes, (await readFile(file)).byteLength)
    }
  }
})

test("age-encryption's own decrypter opens what we write, and we open what its encrypter writes", async () => {
  const file = await archive('ours', SIZES)
  const decrypter = new Decrypter()
  decrypter.addIdentity(IDENTITIES.hybrid)
  const tar = await decrypter.decrypt(await readFile(file))
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  const theirs = join(folder, 'theirs')
  await writeFile(theirs, await encrypter.encrypt(tar))
  const { members } = readArchive(theirs, await openArchive(theirs, [IDENTITIES.x25519]), () => undefined)
  assert.deepEqual(
    members.map(({ bytes }) => bytes),
    SIZES,
  )
})

test('age and tar of Debian open it', { skip: needs('age') }, async () => {
  const file = await archive('debian', SIZES)
  const identity = join(folder, 'identity')
  await writeFile(identity, `${IDENTITIES.x25519}\n`, { mode: 0o600 })
  const command = 'age --decrypt -i "$1" "$2" | tar --list --verbose'
  // age 1.1 knows no post-quantum recipients, and passes over their stanzas.
  const listed = execFileSync('sh', ['-c', command, 'sh', identity, file], { encoding: 'utf8' })
  const sizes = listed.split('\n').flatMap((line) => /^-rw------- \S+ +(\d+) /.exec(line)?.[1] ?? [])
  assert.deepEqual(sizes.map(Number), SIZES)
})

test('a file that was cut, lengthened or changed anywhere is refused', async () => {
  const file = await archive('whole', [2 * CHUNK_BYTES, 5])
  const whole = await readFile(file)
  const start = await openArchive(file, [IDENTITIES.x25519])
  const head = start.bytes.byteLength
  const chunk = CHUNK_BYTES + 16
  const borders = [0, 1, 2, 3].map((number) => head + number * chunk).filter((at) => at < whole.byteLength)
  assert.ok(borders.length > 2)
  const bad = [
    ...borders.flatMap((at) => [at - 1, at, at + 1, at + 16, at + 17]).map((end) => whole.subarray(0, end)),
    ...[1, 16, chunk].map((more) => Buffer.concat([whole, Buffer.alloc(more)])),
    ...borders
      .flatMap((at) => [at, at + 15, at + chunk - 1])
      .filter((at) => at < whole.byteLength)
      .map((at) => flipped(whole, at)),
    flipped(whole, head - 1),
    // Two chunks in each other's place.
    Buffer.concat([
      whole.subarray(0, head),
      whole.subarray(head + chunk, head + 2 * chunk),
      whole.subarray(head, head + chunk),
      whole.subarray(head + 2 * chunk),
    ]),
  ]
  const path = join(folder, 'bad')
  await writeFile(path, flipped(whole, 40))
  await assert.rejects(openArchive(path, [IDENTITIES.x25519]), { name: 'BackupError' })
  for (const bytes of bad) {
    await writeFile(path, bytes)
    const read = async (): Promise<unknown> =>
      readArchive(path, await openArchive(path, [IDENTITIES.x25519]), () => undefined)
    await assert.rejects(read, isDamaged, `${bytes.byteLength} of ${whole.byteLength} bytes`)
  }
})

test("another's identity opens nothing, and what is no regular file is not waited for", async () => {
  const file = await archive('locked', [1])
  await assert.rejects(openArchive(file, [await generateX25519Identity()]), { code: 'locked' })
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await assert.rejects(async () => openArchive(pipe, [IDENTITIES.x25519]), isDamaged)
})

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}

function isDamaged(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'damaged'
}
