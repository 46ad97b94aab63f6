/** Data folders of earlier builds are brought up to date, and can go back. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { makePrivate } from '../../../../../tools/testing/left-folder.ts'
import { keepEarlier } from '../../../src/host/assembly/upgrade/earlier-copy.ts'
import { operator, serve } from '../../../src/index.ts'

const LEFT = join(import.meta.dirname, '../../../../../vectors/data')

interface Earlier extends AsyncDisposable {
  data: string
  copy: string
}

async function earlier(name = '0.1.0-policies'): Promise<Earlier> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-upgrade-'))
  await cp(join(LEFT, name), folder, { recursive: true })
  await makePrivate(folder)
  const data = join(folder, 'data')
  const manifest = join(data, 'keyhold.json')
  const made = JSON.parse(await readFile(manifest, 'utf8')) as { root: object }
  await writeFile(manifest, JSON.stringify({ ...made, root: { ...made.root, file: join(folder, 'data.root') } }))
  return { data, copy: `${data}.before-upgrade`, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** Every row and the schema, as text. */
function contentOf(data: string): string {
  using database = new DatabaseSync(join(data, 'keyhold.db'), { readOnly: true })
  const rows = database.prepare('SELECT * FROM stored_row ORDER BY kind, id').all()
  const hex = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  return JSON.stringify([database.prepare('SELECT version FROM schema_version').all(), rows], hex)
}

describe('a data folder of an earlier build', () => {
  test('is changed by nothing but an upgrade, whichever verb meets it', async () => {
    await using folder = await earlier()
    const before = contentOf(folder.data)
    const refusal = { code: 'older-schema', message: /keyhold operator upgrade --data / }
    await assert.rejects(serve({ folder: folder.data, port: 0 }), refusal)
    await assert.rejects(operator.accounts(folder.data), refusal)
    await assert.rejects(operator.createService(folder.data, 'a.example.internal'), refusal)
    assert.equal(contentOf(folder.data), before)
  })

  test('is upgraded, used, and put back as it was', async () => {
    await using folder = await earlier()
    const before = contentOf(folder.data)
    assert.deepEqual(await operator.upgrade(folder.data), { earlier: folder.copy })
    assert.deepEqual(await operator.upgrade(folder.data), {}, 'once is enough')
    assert.equal((await operator.accounts(folder.data)).length, 1)
    const undone = await operator.undoUpgrade(folder.data, { loseChanges: false })
    assert.equal(contentOf(folder.data), before)
    assert.notEqual(contentOf(undone), before)
    await assert.rejects(stat(folder.copy), { code: 'ENOENT' })
    assert.equal((await operator.upgrade(folder.data)).earlier, folder.copy)
  })

  test('is not put back over changes that were made since, unless they may be lost', async () => {
    await using folder = await earlier()
    await operator.upgrade(folder.data)
    await operator.createService(folder.data, 'a.example.internal')
    const undo = (loseChanges: boolean): Promise<string> => operator.undoUpgrade(folder.data, { loseChanges })
    await assert.rejects(undo(false), /^OperatorError: \d+ changes were made since the upgrade.*--lose-changes/)
    await undo(true)
    await assert.rejects(operator.services(folder.data), { code: 'older-schema' })
  })

  test('is upgraded by the next call when one was interrupted, from its copy on', async () => {
    await using folder = await earlier()
    const before = contentOf(folder.data)
    await keepEarlier(folder.data) // and the process ended here
    await operator.upgrade(folder.data)
    assert.equal(contentOf(folder.copy), before)
    await rm(`${folder.copy}.json`) // or here, at its last step
    assert.deepEqual(await operator.upgrade(folder.data), { earlier: folder.copy })
    assert.equal(contentOf(folder.copy), before, 'the copy is never made of what an upgrade began')
  })

  test('is put back by the next call when undoing it was interrupted', async () => {
    await using folder = await earlier()
    const before = contentOf(folder.data)
    await operator.upgrade(folder.data)
    await rename(folder.data, `${folder.data}.undone`) // and the process ended here
    await operator.undoUpgrade(folder.data, { loseChanges: false })
    assert.equal(contentOf(folder.data), before)
    await writeFile(`${folder.copy}.json`, '{"revision":1,"timeMs":1}') // or here
    assert.deepEqual(await operator.upgrade(folder.data), { earlier: folder.copy })
  })

  test('loses nothing that was changed after an upgrade that was killed at its last step', async () => {
    await using folder = await earlier()
    await operator.upgrade(folder.data)
    await rm(`${folder.copy}.json`)
    await operator.createService(folder.data, 'a.example.internal')
    const undo = operator.undoUpgrade(folder.data, { loseChanges: false })
    await assert.rejects(undo, /^OperatorError: .*did not end.*--lose-changes/)
    {
      using database = new DatabaseSync(join(folder.data, 'keyhold.db'))
      database.exec("UPDATE stored_row SET body = replace(body, 'Enabled', 'Disabled') WHERE kind = 'key'")
    }
    await assert.rejects(operator.upgrade(folder.data), /^OperatorError: The upgrade did not end/)
    assert.match(contentOf(folder.data), /a\.example\.internal/)
  })

  test('stays as it was when something in it is wrong', async () => {
    await using folder = await earlier()
    {
      using database = new DatabaseSync(join(folder.data, 'keyhold.db'))
      database.exec("UPDATE stored_row SET body = replace(body, 'Enabled', 'Disabled') WHERE kind = 'key'")
    }
    const before = contentOf(folder.data)
    await assert.rejects(operator.upgrade(folder.data), /The data folder is as it was, since the upgrade failed/)
    assert.equal(contentOf(folder.data), before)
  })

  test('is not upgraded while a server runs on it', async () => {
    await using folder = await earlier('0.1.0-ledger')
    await using server = await serve({ folder: folder.data, port: 0 })
    assert.ok(server.port > 0)
    await keepEarlier(folder.data) // as if an upgrade had been interrupted
    await assert.rejects(operator.upgrade(folder.data), /A server runs on the data folder/)
  })
})
