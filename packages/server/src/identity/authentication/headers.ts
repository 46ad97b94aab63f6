/** Headers by lower-case name, each with its values in the order in which they were sent. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>

/** Groups Node's flat list of names and values. */
export function groupHeaders(rawHeaders: readonly string[]): HeaderValues {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase()
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [rawHeaders[index + 1]!])
    else values.push(rawHeaders[index + 1]!)
  }
  return headers
}

/** Returns the first value of a header. */
export function firstValue(headers: HeaderValues, name: string): string | undefined {
  return headers.get(name)?.[0]
}
