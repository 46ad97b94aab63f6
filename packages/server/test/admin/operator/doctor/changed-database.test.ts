import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { examine } from '../../../../src/admin/operator/doctor/doctor.ts'
import { TestService } from '../../../support/service.ts'

async function found({ engine, folder }: TestService): Promise<string[]> {
  const messages: string[] = []
  for await (const { check, message } of examine({ ...engine, auditFolder: join(folder, 'audit') })) {
    if (check === 'changed-database') messages.push(message)
  }
  return messages
}

test('a database from which a row was removed is found', async () => {
  await using service = await TestService.open()
  assert.deepEqual(await found(service), [])
  using database = new DatabaseSync(join(service.folder, 'keyhold.db'))
  database.exec("DELETE FROM stored_row WHERE kind = 'setting' AND id = 'key-uses-since'")
  const messages = await found(service)
  assert.match(messages.join('\n'), /^The database is not as Keyhold left it.*There (is|are) \d+ rows? of setting/)
})
