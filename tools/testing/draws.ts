/** Of `npm test`: it draws others each time, so that many runs see what one does not. */
const SHARE = 1 / 4

/** How often to draw for a property of which `thorough` draws take seconds. All of them where THOROUGH is set to 1. */
export function draws(thorough: number): number {
  return process.env['THOROUGH'] === '1' ? thorough : Math.ceil(thorough * SHARE)
}
