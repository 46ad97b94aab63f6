import type { Secret } from '@keyhold/protocol'
import { isSecret, type Setting, type Table } from './setting.ts'

/** The paths of the settings that have changed and that only a restart changes. */
export function needRestart(
  table: Table,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const fixed = Object.entries(table).filter(([, { reload }]) => !reload)
  return fixed.filter(([key, setting]) => !isSame(setting, before[key], after[key])).map(([, { path }]) => path)
}

function isSame(setting: Setting, one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other
  if (isSecret(setting)) return Buffer.from((one as Secret).reveal()).equals((other as Secret).reveal())
  return setting.kind.toText(one) === setting.kind.toText(other)
}
