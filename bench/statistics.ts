/** The middle one, of an odd number of rounds. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** For people: three significant digits. */
export function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en')
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
