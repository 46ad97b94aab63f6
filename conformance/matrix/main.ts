/**
 * `npm run matrix [-- --install] [--write] [NAME…]`: follows the recipes of docs/guide/integrations, or those that are named,
 * with each client that is there, against a server that enforces every policy, and prints a row for each. With `--install` it
 * brings the clients first that a recipe says how to bring; with `--write` it keeps the table in docs/guide/integrations.md.
 * Exit code 1 when a client that is there did not do what its recipe says.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { makePlace } from './place.ts'
import { ROWS } from './rows.ts'
import { follow, install, type Outcome } from './run.ts'
import { INDEX, tableOf, withTable } from './table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { install: { type: 'boolean' }, write: { type: 'boolean' } },
})
const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name))
if (unknown.length > 0) throw new Error(`no row is called ${unknown.join(', ')}`)
const rows = ROWS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

if (values.install === true) {
  for (const row of rows) {
    console.error(`installing ${row.product}`)
    await install(row).catch((error: unknown) => console.error(String(error)))
  }
}

const place = await makePlace()
const outcomes: Outcome[] = []
try {
  for (const row of rows) {
    const outcome = await follow(row, place)
    if (outcome.found && outcome.failure !== undefined) console.error(`${row.product}: ${outcome.failure}`)
    outcomes.push(outcome)
  }
} finally {
  await place.close()
}
console.log(tableOf(outcomes))
if (values.write === true) await writeFile(INDEX, withTable(await readFile(INDEX, 'utf8'), outcomes))
process.exitCode = outcomes.some((outcome) => outcome.found && outcome.failure !== undefined) ? 1 : 0
