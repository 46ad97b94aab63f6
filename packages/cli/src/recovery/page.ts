import type { HolderShare } from '@keyhold/server'
import { qrSvg } from './qr.ts'

/** What a holder gets of a share: a page to print, and a text for a terminal. Both have everything that opens it again. */

const QR_MM = 62

/** What every holder must know. */
function instructions({ index, threshold, count }: HolderShare): string[] {
  return [
    `This is share ${index} of ${count}. Any ${threshold} of them open every key of the service; fewer open nothing, and tell nothing.`,
    'Print it or copy the words by hand, and keep it where the other shares are not. Do not photograph it, and do not mail it.',
    'The first four letters of a word are enough. Each row of six words checks itself, and Keyhold names a row with a wrong word.',
    'For a word that cannot be read, write a question mark: one in each row is found again.',
    'Check it once a year, alone: keyhold operator recovery check --share FILE',
    `To recover, ${threshold} holders bring their shares, and the operator a backup: keyhold operator restore --help`,
    'When shares are replaced, this one still opens backups from before. Destroy it then, and those backups.',
  ]
}

/** For a terminal: rows of numbered words, and the share's line. */
export function textPage(share: HolderShare): string {
  const width = Math.max(...share.words.flat().map((word) => word.length))
  const rows = share.words.map((row, at) =>
    row.map((word, place) => numbered(word, at * row.length + place, width)).join('  '),
  )
  return [
    title(share),
    facts(share),
    '',
    ...rows.map((row) => row.trimEnd()),
    '',
    'Or on one line:',
    share.line,
    '',
    ...instructions(share),
    '',
  ].join('\n')
}

function numbered(word: string, place: number, width: number): string {
  return `${String(place + 1).padStart(2)} ${word.padEnd(width)}`
}

/** For a printer: one page of HTML that loads nothing, in black on white. */
export function htmlPage(share: HolderShare): string {
  const rows = share.words.map((row, at) => {
    const cells = row.map((word, place) => `<td><small>${at * row.length + place + 1}</small> ${word}</td>`)
    return `<tr><th>${at + 1}</th>${cells.join('')}</tr>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title(share)}</title>
<style>
@page { size: A4; margin: 18mm }
body { font: 11pt/1.4 serif; color: #000; background: #fff; max-width: 174mm }
h1 { font-size: 18pt; margin: 0 }
table { border-collapse: collapse; margin: 6mm 0; width: 100% }
td, th { border: 0.3mm solid #000; padding: 1.6mm 2mm; text-align: left; font: 12pt monospace }
small { font-size: 8pt }
code { font: 9pt monospace; word-break: break-all }
</style>
</head>
<body>
<h1>${title(share)}</h1>
<p>${facts(share)}</p>
<table>
${rows.join('\n')}
</table>
<p>${qrSvg(share.line, QR_MM)}</p>
<p><code>${share.line}</code></p>
<ul>
${instructions(share)
  .map((sentence) => `<li>${sentence}</li>`)
  .join('\n')}
</ul>
</body>
</html>
`
}

function title({ index, count }: HolderShare): string {
  return `Keyhold recovery share ${index} of ${count}`
}

function facts({ root, set, threshold, count }: HolderShare): string {
  return `Root ${root}, set ${set}: ${threshold} of ${count} shares open it.`
}
