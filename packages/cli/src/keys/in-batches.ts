/** Keys asked about at once: polite to AWS's limits, and quick enough for hundreds of keys. */
const AT_ONCE = 8

/** The results in the order of the items. After a failure no further batch begins. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))))
  }
  return results
}
