/** Commits rows with ids ROUND/0, ROUND/1, … to the store FILE, eight at a time, and prints each acknowledged id. */
import { openSqliteStore } from '../../../../../src/vault/storage/sqlite/sqlite-store.ts'
import { commitOf, row } from '../../rows.ts'
import { ledgerKey } from '../../ledger-key.ts'

const [file = '', round = ''] = process.argv.slice(2)
const store = await openSqliteStore({ file, create: true, ledgerKey })
let next = 0

async function commitForever(): Promise<never> {
  for (;;) {
    const id = `${round}/${next++}`
    const audit = [{ eventId: id, record: id }]
    const result = await store.commit(commitOf({ put: [row({ id, sealed: new Uint8Array(200) })], audit }))
    if (result.committed) process.stdout.write(`${id} ${result.revision}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, commitForever))
