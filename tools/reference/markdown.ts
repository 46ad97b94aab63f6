/** A table in Markdown; ends with a line break. Cells are text that is Markdown already. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`)
  return `${lines.join('\n')}\n`
}

export function code(text: string): string {
  return `\`${text}\``
}

function cell(text: string): string {
  return text === '' ? '–' : text.replaceAll('|', '\\|')
}
