import type { Check } from './check.ts'

const NAME = 'changed-database'

/**
 * A database that contradicts its ledger: what else is found, or is not, rests on rows that were changed. Reads all rows, so
 * not where a server starts, which has done so before.
 */
export const changedDatabase: Check = {
  name: NAME,

  async *findings({ store, auditFolder, signal }) {
    if (auditFolder === undefined) return
    const { problems } = await store.inspectLedger(signal)
    for (const problem of problems)
      yield {
        check: NAME,
        message: `The database is not as Keyhold left it, and \`serve\` refuses it: ${problem}`,
        facts: {},
      }
  },
}
