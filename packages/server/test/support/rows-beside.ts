import type { TestService } from './service.ts'

/** Lets counts find so many rows of this owner beside those that there are: quotas are too high to make them all. */
export function rowsBeside({ services: { store } }: TestService, owner: string, rows: number): void {
  const { countByOwner } = store
  store.countByOwner = async (table, asked, most) => {
    const present = await countByOwner.call(store, table, asked, most)
    return asked === owner ? Math.min(present + rows, most) : present
  }
}
