/** Half precision (IEEE 754 binary16): half the bytes of 32-bit floats, 11 bits of precision. */

/** Number of a half's bits. */
export function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 0x3ff
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Bits of the half nearest to a number; ties to even. Too large becomes infinite. */
export function encodeHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(size)) return 0x7e00
  // Halfway between the largest half and the next power of two.
  if (size >= 65520) return sign | 0x7c00
  // The exponent by which the fraction is whole: that of the subnormal numbers at least.
  const exponent = Math.max(-14, size === 0 ? -14 : exponentOf(size))
  const steps = roundEven(size / 2 ** (exponent - 10))
  // A fraction that is rounded up to 2048 carries into the exponent by itself; below 1024 the number is subnormal.
  return sign | (((exponent + 14) << 10) + steps)
}

/** The halves nearest to some numbers, as 32-bit floats. */
export function roundToHalf(values: Float32Array): Float32Array {
  return values.map(value => decodeHalf(encodeHalf(value)))
}

/** Floor of the binary logarithm of a 32-bit float that is larger than 0; exact, which Math.log2 need not be. */
function exponentOf(value: number): number {
  const bits = new DataView(new ArrayBuffer(4))
  bits.setFloat32(0, value)
  return ((bits.getUint32(0) >> 23) & 255) - 127
}

function roundEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
