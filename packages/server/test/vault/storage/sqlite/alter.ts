import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'

/** Another program's hand on the file: it may do all that SQLite can. */
export function alter(file: string, ...statements: string[]): void {
  withDatabase(file, (database) => {
    for (const sql of statements) database.exec(sql)
  })
}

/** All rows of some tables, to be put back in the place of what is there by then. */
export function copyOf(file: string, ...tables: string[]): { putBack(): void } {
  const copies = new Map<string, Record<string, SQLOutputValue>[]>()
  withDatabase(file, (database) => {
    for (const table of tables) copies.set(table, database.prepare(`SELECT * FROM ${table}`).all())
  })
  const putBack = (): void =>
    withDatabase(file, (database) => {
      for (const [table, rows] of copies) {
        database.exec(`DELETE FROM ${table}`)
        for (const row of rows) {
          const marks = Object.keys(row).map(() => '?')
          database.prepare(`INSERT INTO ${table} VALUES (${marks.join()})`).run(...Object.values(row))
        }
      }
    })
  return { putBack }
}

export function withDatabase(file: string, use: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file, { defensive: false, timeout: 5000 })
  try {
    use(database)
  } finally {
    database.close()
  }
}
