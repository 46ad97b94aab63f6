import type { Row } from '../storage/store.ts'

/** A row beside what was read from its body, after its MAC verified. */
export interface Entry<T> {
  row: Row
  value: T
}

/** A row's body is written by this program and covered by its MAC, so its shape needs no second check. */
export function body<T>(row: Row): T {
  return JSON.parse(row.body) as T
}
