import { describe, expect, it } from 'vitest'
import { clipByGlobalNorm, globalNorm, initAdam, updateAdam } from '../src/learn/optimiser.ts'

describe('Adam', () => {
  it('takes the steps worked out by hand', () => {
    // rate 0.1, beta1 0.5, beta2 0.75, epsilon 0, gradients 2 then -1 from parameter 1:
    //   t=1: m = 1, v = 1; mhat = 2, vhat = 4; 1 - 0.1 * 2 / 2 = 0.9
    //   t=2: m = 0, v = 1; mhat = 0;          0.9
    // then gradient 1:
    //   t=3: m = 0.5, v = 1; mhat = 0.5 / 0.875 = 4/7, vhat = 1 / (1 - 27/64) = 64/37
    //        0.9 - 0.1 * (4/7) * sqrt(37) / 8 = 0.8565501...
    const options = { rate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0 }
    let parameters: Readonly<Record<string, Float32Array>> = { w: Float32Array.of(1) }
    let state = initAdam(parameters)
    const path: number[] = []
    for (const gradient of [2, -1, 1]) {
      const update = updateAdam(state, parameters, { w: Float32Array.of(gradient) }, options)
      parameters = update.parameters
      state = update.state
      path.push(parameters['w'][0])
    }
    expect(path[0]).toBeCloseTo(0.9, 6)
    expect(path[1]).toBeCloseTo(0.9, 6)
    expect(path[2]).toBeCloseTo(0.9 - (0.1 * (4 / 7) * Math.sqrt(37)) / 8, 6)
    expect(state.step).toBe(3)
  })

  it("moves by the rate along the gradient's sign at first, whatever its size, with default decays", () => {
    const parameters = { a: Float32Array.of(0, 0), b: Float32Array.of(5) }
    const gradients = { a: Float32Array.of(1e-3, -1e3), b: Float32Array.of(0) }
    const { parameters: next } = updateAdam(initAdam(parameters), parameters, gradients, { rate: 0.01 })
    expect(next['a'][0]).toBeCloseTo(-0.01, 6)
    expect(next['a'][1]).toBeCloseTo(0.01, 6)
    expect(next['b'][0]).toBe(5)
  })

  it('leaves its inputs alone, and continues with the same bits from a stored state', () => {
    const start = { w: Float32Array.of(0.3, -0.7) }
    const gradient = (t: number) => ({ w: Float32Array.of(Math.fround(0.1 * t), Math.fround(1 / (t + 1))) })
    let straight = { parameters: start as Readonly<Record<string, Float32Array>>, state: initAdam(start) }
    let resumed = straight
    for (let t = 0; t < 20; t++) {
      straight = updateAdam(straight.state, straight.parameters, gradient(t), { rate: 1e-3 })
      const stored = structuredClone(resumed)
      resumed = updateAdam(stored.state, stored.parameters, gradient(t), { rate: 1e-3 })
    }
    expect(resumed).toEqual(straight)
    expect(start.w).toEqual(Float32Array.of(0.3, -0.7))
  })

  it('refuses a gradient that is missing or of another length', () => {
    const parameters = { w: Float32Array.of(1, 2) }
    const state = initAdam(parameters)
    expect(() => updateAdam(state, parameters, {}, { rate: 1 })).toThrow(
      "gradient of 'w': expected 2 values, got none",
    )
    expect(() => updateAdam(state, parameters, { w: Float32Array.of(1) }, { rate: 1 })).toThrow(/got 1/)
  })
})

describe('clipping by the global norm', () => {
  it('scales all tensors by one factor', () => {
    const gradients = { a: Float32Array.of(3, 0), b: Float32Array.of(4) }
    expect(globalNorm(gradients)).toBe(5)
    const clipped = clipByGlobalNorm(gradients, 2.5)
    expect(clipped.norm).toBe(5)
    expect(clipped.gradients).toEqual({ a: Float32Array.of(1.5, 0), b: Float32Array.of(2) })
    expect(clipByGlobalNorm(gradients, 6).gradients).toBe(gradients)
  })

  it('names the tensor whose gradient is not finite', () => {
    const gradients = { fine: Float32Array.of(1), broken: Float32Array.of(Number.NaN) }
    expect(() => clipByGlobalNorm(gradients, 1)).toThrow(/not finite in broken/)
  })
})
