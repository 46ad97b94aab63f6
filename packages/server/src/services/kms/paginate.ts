/** One page out of rows that were read one beyond the limit: whether more follow, and after which to go on. */
export function page<T>(items: readonly T[], limit: number): { items: T[]; last?: T } {
  return items.length > limit ? { items: items.slice(0, limit), last: items[limit - 1] } : { items: [...items] }
}
