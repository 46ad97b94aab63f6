import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { readSetting, writeSetting } from '../lifecycle/settings.ts'
import type { Random } from '../platform/random.ts'
import type { Store } from '../storage/store.ts'
import type { TimeMemory } from './time-guard.ts'

const NAME = 'trusted-time'

/** Remembers trusted wall time in the database, where every process of the data folder sees it. */
export function storedTime(context: { store: Store; hierarchy: Hierarchy; random: Random }): TimeMemory {
  return {
    async load() {
      const row = await readSetting(NAME, context)
      return row && Number(row.body)
    },
    async save(wallMs) {
      // A lost race means that another process remembered a time just now, which is as good.
      await writeSetting(NAME, String(wallMs), await readSetting(NAME, context), context, {
        commitId: context.random.uuid(),
      })
    },
  }
}
