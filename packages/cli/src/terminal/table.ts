import { printable } from './printable.ts'

const GAP = '  '

/** Aligned columns under a heading, one line a row; ends with a line break. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return align([headings.map((heading) => heading.toUpperCase()), ...rows])
}

/** Names and values, one pair a line, values aligned; ends with a line break. */
export function properties(pairs: readonly (readonly [name: string, value: string])[]): string {
  return align(pairs)
}

function align(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable))
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
  return cells.map((row) => `${line(row, widths)}\n`).join('')
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(GAP)
    .trimEnd()
}
