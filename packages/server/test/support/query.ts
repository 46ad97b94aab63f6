/** The client's half of the AWS Query protocol, as far as tests need it: forms out, answers in. */

/** A form that asks for `operation`; lists and structures become `Tags.member.1.Key`. */
export function formBody(operation: string, version: string, input: object): string {
  const form = new URLSearchParams({ Action: operation, Version: version })
  for (const [name, value] of parameters('', input)) form.append(name, value)
  return form.toString()
}

function* parameters(prefix: string, value: unknown): Generator<[string, string]> {
  if (value === undefined) return
  if (Array.isArray(value)) {
    if (value.length === 0) yield [prefix, '']
    for (const [index, element] of value.entries()) yield* parameters(`${prefix}.member.${index + 1}`, element)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) yield* parameters(prefix ? `${prefix}.${name}` : name, part)
  } else {
    yield [prefix, String(value)]
  }
}

/** The content of the Result of an answer, or of the Error; empty if an operation has no result. */
export function readAnswer(xml: string): Record<string, unknown> {
  const [root] = readElements(xml)
  const parts = root?.children ?? []
  const content = parts.find(({ name }) => name.endsWith('Result') || name === 'Error')
  const value = content && valueOf(content)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

interface Element {
  name: string
  children: Element[]
  text: string
}

/** Well-formed XML without comments, as the server writes it: tags and text. */
function readElements(xml: string): Element[] {
  const top: Element = { name: '', children: [], text: '' }
  const open = [top]
  for (const [, close, name, empty, text] of xml.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>|([^<]+)/g)) {
    const parent = open.at(-1)
    if (parent === undefined) throw new Error('an element closes that was not open')
    if (text !== undefined) parent.text += unescaped(text)
    else if (close) open.pop()
    else {
      const element: Element = { name: name ?? '', children: [], text: '' }
      parent.children.push(element)
      if (!empty) open.push(element)
    }
  }
  if (open.length !== 1) throw new Error('an element is not closed')
  return top.children
}

/** A list where the children are members, a map where they are entries, a structure where there are others, else text. */
function valueOf({ children, text }: Element): unknown {
  if (children.length === 0) return text
  if (children.every(({ name }) => name === 'entry')) return Object.fromEntries(children.map(entryOf))
  if (children.every(({ name }) => name === 'member')) return children.map(valueOf)
  return Object.fromEntries(children.map((child) => [child.name, valueOf(child)]))
}

function entryOf({ children: [key, value] }: Element): [string, unknown] {
  return [key?.text ?? '', value && valueOf(value)]
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));/g, (_, hex?: string, decimal?: string, name?: string) =>
    name === undefined ? String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)) : (ENTITIES[name] ?? ''),
  )
}
