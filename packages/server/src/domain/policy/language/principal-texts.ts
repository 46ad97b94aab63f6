/** A string of a document that names an AWS principal, and where it is: `text.slice(start, end)` is its JSON, quotes included. */
export interface PrincipalText {
  value: string
  start: number
  end: number
}

/** A string, a sign, or a number or literal of JSON (RFC 8259). White space between them matches nothing. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g

/**
 * The strings under `Statement.Principal.AWS` and `Statement.NotPrincipal.AWS`, in the document's order. The document must
 * be an object of JSON: that is not checked again here.
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
  // Elements have the path of their array: brackets around a single one may be left out.
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

/** The document with each of these strings replaced where it has another name now. All else stays as it is, byte by byte. */
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
