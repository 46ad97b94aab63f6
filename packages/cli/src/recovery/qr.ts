import { encodeQR } from 'qr'

/** Light modules around the code: ISO/IEC 18004 asks for four. */
const BORDER = 4

/** A QR code as SVG, black on white, one path. A quarter of it may be unreadable. */
export function qrSvg(text: string, widthMm: number): string {
  const rows = encodeQR(text, 'raw', { ecc: 'quartile', border: BORDER })
  const runs = rows.flatMap((row, y) => darkRuns(row).map(({ x, length }) => `M${x} ${y}h${length}v1h-${length}z`))
  const size = rows.length
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthMm}mm" height="${widthMm}mm" viewBox="0 0 ${size} ${size}" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/><path fill="#000" d="${runs.join('')}"/></svg>`
  )
}

/** Where a row is dark, from where and how far. */
function darkRuns(row: readonly boolean[]): { x: number; length: number }[] {
  const runs: { x: number; length: number }[] = []
  row.forEach((dark, x) => {
    const last = runs.at(-1)
    if (dark && last !== undefined && last.x + last.length === x) last.length += 1
    else if (dark) runs.push({ x, length: 1 })
  })
  return runs
}
