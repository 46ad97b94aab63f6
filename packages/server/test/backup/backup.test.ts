import assert from 'node:assert/strict'
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { backups } from '../../src/admin/operator/backups.ts'
import { openArchive, readArchive } from '../../src/backup/archive-reader.ts'
import { scene } from './scene.ts'

test('a backup opens, with every row and record, and everything in it is checked', async (t) => {
  const at = await scene(t)
  await at.change('first')
  const made = await at.back()
  assert.equal((await stat(made.file)).mode & 0o777, 0o600)
  assert.match(made.file, /keyhold-[0-9a-f]{8}-\d{8}T\d{6}Z-r\d{12}-full-[0-9a-f]{8}\.tar\.age$/)
  await at.change('second')
  const { checked, text } = await at.open([made.file])
  assert.equal(text, 'first')
  assert.equal(checked.description.revision, made.description.revision)
  assert.deepEqual(checked.domains, ['global'])
  assert.ok(checked.records > 0)
  const [row] = await backups(at.engine)
  assert.deepEqual([row?.backupId, row?.bytes, row?.openedMs], [made.description.backupId, made.bytes, at.clock.now()])
})

test('incremental backups are opened with what they continue, and bring the state of the newest', async (t) => {
  const at = await scene(t)
  const made = [await at.back()]
  for (const text of ['one', 'two', 'three']) {
    await at.change(text)
    at.clock.advance(1000)
    made.push(await at.back({ kind: 'more' }))
  }
  const files = made.map(({ file }) => file)
  assert.deepEqual(
    made.map(({ description }) => description.base?.backupId),
    [undefined, ...made.slice(0, 3).map(({ description }) => description.backupId)],
  )
  assert.ok((made[1]?.bytes ?? 0) < (made[0]?.bytes ?? 0))
  assert.equal((await at.open([at.to])).text, 'three')
  const shuffled = [files[2], files[0], files[1]] as string[]
  const { text, checked } = await at.open(shuffled)
  assert.deepEqual([text, checked.backups], ['two', 3])
  assert.equal((await at.open(files.slice(0, 1))).text, undefined)
  await assert.rejects(at.open(files.slice(1)), {
    code: 'chain',
    message: new RegExp(made[0]?.description.backupId ?? ''),
  })
  await assert.rejects(at.open([files[0], files[3]] as string[]), { code: 'chain' })
})

test('a backup of another data folder, or one that was sealed by no root, is refused', async (t) => {
  const [at, other] = [await scene(t), await scene(t)]
  const [mine, theirs] = [await at.back(), await other.back()]
  await assert.rejects(at.open([theirs.file]), { code: 'locked' })
  await assert.rejects(at.open([theirs.file], { identity: other.identity }), { name: 'RootError', code: 'foreign' })
  await assert.rejects(at.open([mine.file], { rootFile: other.rootFile }), { name: 'RootError' })
  await copyFile(theirs.file, join(at.to, 'theirs.tar.age'))
  assert.equal((await at.open([at.to])).checked.description.backupId, mine.description.backupId)
})

test('what cannot be a target is refused, and nothing is left of a backup that fails', async (t) => {
  const at = await scene(t)
  const cases: readonly [string, RegExp][] = [
    [join(at.folder, 'inside'), /in the data folder/],
    [at.folder, /in the data folder/],
    [at.rootFile, /exists already/],
    [join(at.to, 'no', 'such'), /ENOENT/],
    ['/dev/full/x', /ENOTDIR/],
    [join(at.to, 'no/'), /does not exist/],
  ]
  for (const [to, message] of cases) await assert.rejects(at.back({ to }), { code: 'target', message })
  const before = await readdir(at.folder)
  assert.deepEqual(await readdir(at.to), [])
  assert.deepEqual(await readdir(at.folder), before)
})

test('without recipients there is no backup', async (t) => {
  const at = await scene(t)
  const { changeRecipients } = await import('../../src/admin/operator/backups.ts')
  await changeRecipients({ remove: [at.recipient] }, at.context)
  await assert.rejects(at.back(), { code: 'recipients' })
  await assert.rejects(
    changeRecipients({ add: [at.identity] }, at.context),
    (error: Error) => !error.message.includes(at.identity),
  )
})

test('old backups are removed, and none that another needs', async (t) => {
  const at = await scene(t)
  const made = []
  for (const kind of ['full', 'more', 'full', 'more', 'more'] as const) {
    await at.change(`${made.length}`)
    at.clock.advance(1000)
    made.push(await at.back({ kind, retention: { keep: 2 } }))
  }
  assert.equal((await readdir(at.to)).length, 3)
  assert.deepEqual(
    (await backups(at.engine)).map(({ backupId }) => backupId),
    made.slice(2).map(({ description }) => description.backupId),
  )
  // A chain that was never opened does not push out one that was.
  await at.back({ opens: false, retention: { keep: 1 } })
  assert.equal((await readdir(at.to)).length, 4)
})

test('what a killed process left is removed by the next backup, and what others write is not', async (t) => {
  const at = await scene(t)
  const id = at.engine.root.id.slice(0, 8)
  const uuid = '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11'
  const names = [
    `.keyhold-${id}-999999999-${uuid}.unfinished`,
    `.keyhold-${id}-${process.pid}-${uuid}.unfinished`,
    `.keyhold-00000000-999999999-${uuid}.unfinished`,
  ]
  for (const folder of [at.to, at.folder]) for (const name of names) await writeFile(join(folder, name), 'x')
  await at.back()
  for (const folder of [at.to, at.folder]) {
    const left = (await readdir(folder)).filter((name) => name.endsWith('.unfinished'))
    assert.deepEqual(left.toSorted(), names.slice(1).toSorted())
  }
})

test('backups at once are each whole, while the folder is written', async (t) => {
  const at = await scene(t)
  const writing = (async () => {
    for (let round = 0; round < 40; round += 1) await at.change(`round ${round}`)
  })()
  const made = await Promise.all([at.back(), at.back(), at.back({ opens: false })])
  await writing
  assert.equal((await backups(at.engine)).length, 3)
  for (const { file } of made) await at.open([file])
})

test('neither the root nor its place is in a backup, and nothing of it is in the clear', async (t) => {
  const at = await scene(t)
  await at.change('a text that is easy to find')
  const made = await at.back()
  assert.equal((await readFile(made.file)).includes('a text that is easy to find'), false)
  const parts: Uint8Array[] = []
  readArchive(made.file, await openArchive(made.file, [at.identity]), () => (part) => parts.push(part))
  const content = Buffer.concat(parts)
  assert.ok(content.includes('a text that is easy to find'))
  const key = /^key ([0-9a-f]{64})$/m.exec(await readFile(at.rootFile, 'latin1'))?.[1] ?? assert.fail()
  for (const secret of [key, Buffer.from(key, 'hex')]) assert.equal(content.includes(secret), false)
})
