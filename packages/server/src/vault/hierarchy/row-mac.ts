import { lengthPrefixed } from '../../crypto/length-prefixed.ts'
import { rowColumns, sealedColumn } from '../storage/row-bytes.ts'
import type { Row, TableName } from '../storage/store.ts'

/** What a row's MAC covers: the table and every column but the MAC itself (docs/spec/hierarchy.md, "Row MACs"). */
export function macMessage(row: Omit<Row, 'mac'>): Uint8Array {
  return Buffer.concat([lengthPrefixed(rowColumns(row)), sealedColumn(row)])
}

const firstSegment = (id: string): string => segment(id, 0)
const secondSegment = (id: string): string => segment(id, 1)
const global = (): string => 'global'

/** The domain whose keys protect a row: that of its Region where its id names one. Domain keys are the root's own. */
const DOMAINS: Readonly<Record<Exclude<TableName, 'domain_key'>, (id: string) => string>> = {
  account: global,
  principal: global,
  entity_name: global,
  access_key: global,
  access_key_use: global,
  role_use: global,
  group: global,
  membership: global,
  managed_policy: global,
  attachment: global,
  instance_profile: global,
  oidc_provider: global,
  key: firstSegment,
  key_use: firstSegment,
  policy: firstSegment,
  material: firstSegment,
  alias: secondSegment,
  grant: firstSegment,
  grant_name: firstSegment,
  retirable: firstSegment,
  audit_head: global,
  setting: global,
}

/** The domain of a row; `''`, which no domain is called, when its id lacks the part that names it. */
export function domainOf(table: Exclude<TableName, 'domain_key'>, id: string): string {
  return DOMAINS[table](id)
}

function segment(id: string, index: number): string {
  return id.split('/', index + 1)[index] ?? ''
}
