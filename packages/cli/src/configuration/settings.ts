/**
 * The settings of `keyhold serve` and `keyhold dev`, each declared once, as a row of a table. The flags, the variables, the
 * configuration file with its schema, `keyhold config` and the reference follow from the rows. Nothing here loads the server.
 */
import type { Table, Values, Verb } from './setting.ts'
import { BACKGROUND } from './table/background.ts'
import { BACKUPS } from './table/backups.ts'
import { CALLERS } from './table/callers.ts'
import { DEVELOPMENT } from './table/development.ts'
import { NETWORK } from './table/network.ts'
import { SERVICE } from './table/service.ts'
import { WATCHING } from './table/watching.ts'

export const SETTINGS = {
  ...SERVICE,
  ...NETWORK,
  ...CALLERS,
  ...BACKGROUND,
  ...BACKUPS,
  ...WATCHING,
  ...DEVELOPMENT,
} as const satisfies Table

/** What a command is to do, with every default filled in. */
export type Settings<V extends Verb> = Values<typeof SETTINGS, V>
