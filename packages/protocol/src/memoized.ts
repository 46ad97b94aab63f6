/** Remembers what `build` made for each name: at most one entry for each structure or operation of a model. */
export function memoized<T>(build: (name: string) => T): (name: string) => T {
  const built = new Map<string, T>()
  return (name) => {
    const known = built.get(name)
    if (known !== undefined) return known
    const fresh = build(name)
    built.set(name, fresh)
    return fresh
  }
}
