import type { Check } from './check.ts'

const NAME = 'changed-database'

/**
 * A database that contradicts its ledger, so that other findings can be based on modified rows. Reads all rows. Not for
 * a starting server, which has inspected the database already.
 */
export const changedDatabase: Check = {
  name: NAME,

  async *findings({ store, auditFolder, signal }) {
    if (auditFolder === undefined) return
    const { problems } = await store.inspectLedger(signal)
    for (const problem of problems)
      yield {
        check: NAME,
        weight: 'wrong' as const,
        message: `The database is not as Keyhold left it, and \`serve\` refuses it: ${problem}`,
        remedy: 'Find out what happened, and restore a backup; or accept it with `keyhold operator accept-database`.',
        facts: {},
      }
  },
}
