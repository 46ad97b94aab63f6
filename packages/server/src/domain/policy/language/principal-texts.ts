/**
 * A string of a policy that names an AWS principal, with its position: `text.slice(start, end)` is its JSON, quotes
 * included.
 */
export interface PrincipalText {
  value: string
  start: number
  end: number
}

/** A JSON string, punctuation, number or literal (RFC 8259). Whitespace between them matches nothing. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g

/**
 * Returns the strings under `Statement.Principal.AWS` and `Statement.NotPrincipal.AWS`, in the policy's order. The text
 * must be a JSON object; this function does not check it again.
 */
export function principalTexts(document: string): PrincipalText[] {
  const found: PrincipalText[] = []
  const tokens = [...document.matchAll(TOKEN)].map(({ 0: text, index }) => ({ text, index }))
  let next = 0

  const value = (path: readonly string[]): void => {
    const { text, index } = tokens[next++]!
    if (text === '{') return objectAt(path)
    if (text === '[') return arrayAt(path)
    if (!text.startsWith('"') || !namesPrincipals(path)) return
    found.push({ value: JSON.parse(text) as string, start: index, end: index + text.length })
  }
  const objectAt = (path: readonly string[]): void => {
    while (tokens[next]!.text !== '}') {
      const name = JSON.parse(tokens[next]!.text) as string
      next += 2 // the name and its colon
      value([...path, name])
      if (tokens[next]!.text === ',') next++
    }
    next++
  }
  // Array elements have the path of their array, because brackets around a single element are optional.
  const arrayAt = (path: readonly string[]): void => {
    while (tokens[next]!.text !== ']') {
      value(path)
      if (tokens[next]!.text === ',') next++
    }
    next++
  }
  value([])
  return found
}

function namesPrincipals([statement, element, type, ...more]: readonly string[]): boolean {
  const isPrincipal = element === 'Principal' || element === 'NotPrincipal'
  return statement === 'Statement' && isPrincipal && type === 'AWS' && more.length === 0
}

/** Replaces those of these strings that have another name now. All other bytes stay unchanged. */
export function withPrincipals(document: string, names: ReadonlyMap<string, string>): string {
  let result = ''
  let copied = 0
  for (const { value, start, end } of principalTexts(document)) {
    const name = names.get(value)
    if (name === undefined || name === value) continue
    result += document.slice(copied, start) + JSON.stringify(name)
    copied = end
  }
  return result + document.slice(copied)
}
