import { warn } from '../descriptors/standard.ts'
import { printable } from '../terminal/printable.ts'

/** Said once: it is true of every file on a system where the command cannot copy them. */
let toldOfAttributes = false
const ATTRIBUTES = 'ACLs and extended attributes, if it had any'

/** Says on standard error what a file has lost by being replaced. */
export function warnNotKept(file: string, what: readonly string[]): void {
  const told = what.filter((each) => each !== ATTRIBUTES || !toldOfAttributes)
  toldOfAttributes ||= what.includes(ATTRIBUTES)
  if (told.length > 0) warn(`keyhold: warning: ${printable(file)} did not keep ${told.join(', ')}.`)
}
