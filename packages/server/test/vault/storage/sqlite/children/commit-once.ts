/** Opens the store FILE, with the PRAGMAs that follow, commits one row and says so. Run under strace. */
import { writeSync } from 'node:fs'
import { openSqliteStoreWith } from '../../../../../src/vault/storage/sqlite/sqlite-store.ts'
import { commitOf, row } from '../../rows.ts'
import { ledgerKey } from '../../ledger-key.ts'

const [file = '', ...pragmas] = process.argv.slice(2)
const store = await openSqliteStoreWith({ file, create: true, ledgerKey }, { pragmas })
writeSync(1, 'opened\n')
await store.commit(commitOf({ put: [row()] }))
writeSync(1, 'committed\n')
await store.close()
