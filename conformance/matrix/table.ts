import { ROWS, type Row } from './rows.ts'
import type { Outcome } from './run.ts'

/** The page that keeps the table. */
export const INDEX = 'docs/guide/integrations.md'
const BEGIN = '<!-- `npm run matrix -- --write` writes these rows. -->\n\n'
const END = '\n<!-- End of the rows. -->'
const HEAD = '| client | version | worked | what is shown |\n| --- | --- | --- | --- |\n'

/** The outcomes as a Markdown table. */
export function tableOf(outcomes: readonly Outcome[]): string {
  return HEAD + outcomes.map((outcome) => rowOf(outcome.row, ...verdict(outcome))).join('')
}

/** The page with these outcomes in its table. The row of a client that was not run, or is not here, is as it was. */
export function withTable(page: string, outcomes: readonly Outcome[]): string {
  const [start, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)]
  if (start < BEGIN.length || end < start) throw new Error(`${INDEX} has no place for the table`)
  const rows = ROWS.map((row) => {
    const outcome = outcomes.find((one) => one.row === row)
    if (outcome?.found === true) return rowOf(row, ...verdict(outcome))
    return rowOf(row, ...(verdictIn(page, row) ?? ['–', 'untested']))
  })
  return `${page.slice(0, start)}${HEAD}${rows.join('')}${page.slice(end)}`
}

type Verdict = [version: string, worked: string]

function rowOf(row: Row, version: string, worked: string): string {
  return `| ${linkOf(row)} | ${version} | ${worked} | ${row.shows} |\n`
}

function linkOf({ name, product }: Row): string {
  return `[${product}](integrations/${name}.md)`
}

function verdict(outcome: Outcome): Verdict {
  if (!outcome.found) return ['–', 'not found here']
  return [outcome.version, outcome.failure === undefined ? 'yes' : '**no**']
}

function verdictIn(page: string, { name }: Row): Verdict | undefined {
  const line = page.split('\n').find((one) => one.includes(`](integrations/${name}.md) | `))
  const [, version, worked] = line?.split(' | ') ?? []
  return version === undefined || worked === undefined ? undefined : [version, worked]
}
