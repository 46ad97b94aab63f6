/** Of `npm test`: it draws others each time, so that many runs see what one does not. */
const SHARE = 1 / 4

/** How often to draw for a property of which `thorough` draws take seconds. All of them where THOROUGH is set to 1. */
export function draws(thorough: number): number {
  return process.env['THOROUGH'] === '1' ? thorough : Math.ceil(thorough * SHARE)
}

/** Some rows of a table whose rows cost a second each, at least one, drawn each time; all of them where THOROUGH is set to 1. */
export function drawn<Row>(rows: readonly Row[]): Row[] {
  const left = [...rows]
  const wanted = draws(rows.length)
  return Array.from({ length: wanted }, () => left.splice(Math.floor(Math.random() * left.length), 1)).flat()
}
