/** Something that guards, for mutants of it. */
export function withinLimit(count: number): boolean {
  return count <= 10
}

/** `limit`, counted. */
export function counted(limit: number): number {
  let count = 0
  while (count < limit) count += 1
  return count
}
