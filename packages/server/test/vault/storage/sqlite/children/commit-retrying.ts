/**
 * Commits 20 rows to the store FILE, one after the other, each again with the same commit id while it rejects, and
 * prints the codes of the rejections. Run under strace, which makes some writes or flushes fail.
 */
import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../../../../src/vault/storage/sqlite/sqlite-store.ts'
import { StorageError } from '../../../../../src/vault/storage/storage-error.ts'
import type { Commit } from '../../../../../src/vault/storage/store.ts'
import { commitOf, row } from '../../rows.ts'
import { ledgerKey } from '../../ledger-key.ts'

const [file = ''] = process.argv.slice(2)
const store = await openSqliteStore({ file, create: true, ledgerKey })

async function untilCommitted(commit: Commit): Promise<void> {
  for (;;) {
    try {
      await store.commit(commit)
      return
    } catch (error) {
      writeSync(1, `${error instanceof StorageError ? error.code : String(error)}\n`)
    }
  }
}

for (let index = 0; index < 20; index++) {
  await untilCommitted(commitOf({ put: [row({ id: String(index).padStart(2, '0'), sealed: new Uint8Array(9000) })] }))
}
// As if the machine had died: nothing is copied from the log on the way out.
process.kill(process.pid, 'SIGKILL')
