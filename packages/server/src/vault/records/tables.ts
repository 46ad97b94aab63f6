import { aliasTable } from './alias.ts'
import { grantTable } from './grant.ts'
import { grantNameTable } from './grant-name.ts'
import { keyTable } from './key.ts'
import { keyUseTable } from './key-use.ts'
import { materialTable } from './material.ts'
import { policyTable } from './policy.ts'
import { retirableTable } from './retirable.ts'
import type { RecordTable, Table } from './table.ts'

/** Every table, by its name. */
export const tables = {
  key: keyTable,
  key_use: keyUseTable,
  policy: policyTable,
  material: materialTable,
  alias: aliasTable,
  grant: grantTable,
  grant_name: grantNameTable,
  retirable: retirableTable,
} satisfies Partial<Record<RecordTable, Table<unknown>>>
