/** A seed that nobody chose, for the editor's buttons that draw something at random. */
export function randomSeed(): string {
  return String(crypto.getRandomValues(new Uint32Array(1))[0])
}
