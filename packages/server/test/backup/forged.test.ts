import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { beginAgeFile } from '../../src/backup/age-header.ts'
import { openArchive, readArchive } from '../../src/backup/archive-reader.ts'
import { ArchiveWriter } from '../../src/backup/archive-writer.ts'
import { FORMAT, jsonMember, MEMBERS, parseSeal } from '../../src/backup/description.ts'
import { changeRecipients } from '../../src/admin/operator/backups.ts'
import { backup } from '../../src/index.ts'
import { scene, type Scene } from './scene.ts'

/** Writes a backup again for its recipient, as anyone can who opened it once, with its members changed and named in its seal. */
async function rewritten(at: Scene, file: string, change: (name: string, content: Buffer) => Buffer): Promise<string> {
  const contents = new Map<string, Buffer[]>()
  readArchive(file, await openArchive(file, [at.identity]), ({ name }) => {
    const parts: Buffer[] = []
    contents.set(name, parts)
    return (part) => parts.push(Buffer.from(part))
  })
  const seal = parseSeal(Buffer.concat(contents.get(MEMBERS.seal) ?? []), file)
  const copy = join(at.to, 'rewritten.tar.age')
  await rm(copy, { force: true })
  const descriptor = openSync(copy, 'wx', 0o600)
  const writer = new ArchiveWriter(descriptor, await beginAgeFile([at.recipient]), 0)
  for (const [name, parts] of contents) {
    if (name !== MEMBERS.seal) writer.addBytes(name, change(name, Buffer.concat(parts)))
  }
  writer.addBytes(MEMBERS.seal, jsonMember({ format: FORMAT, members: [...writer.members], mac: seal.mac }))
  writer.end()
  closeSync(descriptor)
  return copy
}

test('a backup that was written again by someone without the root is refused, whatever of it was changed', async (t) => {
  const at = await scene(t)
  await at.change('a text')
  const { file } = await at.back()
  await at.open([await rewritten(at, file, (_, content) => content)])
  const changes: readonly (readonly [string, (text: string) => string])[] = [
    [MEMBERS.manifest, (text) => text.replace('"serve"', '"serve" ')],
    [MEMBERS.canaries, (text) => `${text} `],
    [MEMBERS.description, (text) => text.replace(/"madeMs": \d/, '"madeMs": 9')],
  ]
  for (const [member, change] of changes) {
    const forged = await rewritten(at, file, (name, content) =>
      name === member ? Buffer.from(change(content.toString())) : content,
    )
    await assert.rejects(at.open([forged]), { name: 'BackupError', code: 'foreign' }, member)
  }
})

test('a drill passes over backups of another root, and does not take another file for the newest', async (t) => {
  const [at, stranger] = [await scene(t), await scene(t)]
  const { file } = await at.back()
  await changeRecipients({ add: [at.recipient] }, stranger.context)
  for (const text of ['one', 'two', 'three']) await stranger.change(text)
  await stranger.back({ to: at.to })
  const identities = [join(dirname(at.folder), 'identity')]
  await writeFile(identities[0] ?? '', `${at.identity}\n`, { mode: 0o600 })
  const drill = (): ReturnType<typeof backup.drill> => backup.drill(at.folder, { identities, rootFiles: [at.rootFile] })
  assert.equal((await drill()).description.rootId, at.engine.root.id)
  await rename(await rewritten(at, file, (_, content) => content), file)
  await assert.rejects(drill(), { name: 'BackupError', code: 'foreign', message: /not the file/ })
})

test('a backup of a later format is named as such, and a base that was written again is not the one it was', async (t) => {
  const at = await scene(t)
  const full = await at.back()
  await at.change('later')
  const more = await at.back({ kind: 'more' })
  const later = await rewritten(at, full.file, (name, content) =>
    name === MEMBERS.description ? Buffer.from(content.toString().replace('"format": 1', '"format": 2')) : content,
  )
  await assert.rejects(at.open([later]), { code: 'unsupported' })
  const again = await rewritten(at, full.file, (_, content) => content)
  await assert.rejects(at.open([again, more.file]), { code: 'chain' })
  assert.equal((await at.open([full.file, more.file])).text, 'later')
})
