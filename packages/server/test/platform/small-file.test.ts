import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readIfChanged, readSmallFile } from '../../src/platform/small-file.ts'
import { temporaryFolder } from '../support/tls-server.ts'

const WINDOWS = process.platform === 'win32' && 'there are no such files on Windows'

function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, text)
  return file
}

test('a small file is read whole, up to its limit', async () => {
  assert.equal(String(Buffer.from(await readSmallFile(fileWith('12345'), 5))), '12345')
  assert.equal((await readSmallFile(fileWith(''), 5)).byteLength, 0)
  await assert.rejects(readSmallFile(fileWith('123456'), 5), /larger than 5 bytes/)
  await assert.rejects(readSmallFile(join(temporaryFolder(), 'missing'), 5), { code: 'ENOENT' })
})

test('what is no regular file is refused, without waiting for it', { skip: WINDOWS }, async () => {
  const pipe = join(temporaryFolder(), 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  for (const file of [pipe, '/dev/zero', temporaryFolder()])
    await assert.rejects(readSmallFile(file, 5), /not a regular file/)
})

test('a file that has not changed is not read again; one that was replaced, rewritten or touched is', async () => {
  const file = fileWith('old')
  const first = await readIfChanged(file, 5)
  assert.ok(first)
  assert.equal(await readIfChanged(file, 5, first.version), undefined)

  const other = fileWith('new')
  renameSync(other, file)
  const replaced = await readIfChanged(file, 5, first.version)
  assert.equal(String(Buffer.from(replaced?.bytes ?? [])), 'new')

  writeFileSync(file, 'wow')
  utimesSync(file, 1, 1)
  const rewritten = await readIfChanged(file, 5, replaced?.version)
  assert.equal(String(Buffer.from(rewritten?.bytes ?? [])), 'wow')
})

test('a symbolic link that leads elsewhere is a change, as in a mounted volume', { skip: WINDOWS }, async () => {
  const folder = temporaryFolder()
  const link = join(folder, 'link')
  symlinkSync(fileWith('one'), link)
  const first = await readIfChanged(link, 5)
  symlinkSync(fileWith('two'), join(folder, 'next'))
  renameSync(join(folder, 'next'), link)
  const second = await readIfChanged(link, 5, first?.version)
  assert.equal(String(Buffer.from(second?.bytes ?? [])), 'two')
})
