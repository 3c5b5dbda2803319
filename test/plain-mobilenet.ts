/**
 * The first 14 parts of torchvision's MobileNetV2 in plain loops, in PyTorch's own layout [channels, y, x]: convolution
 * with groups and symmetric zero padding, then batch normalisation as it is defined, then relu6. Written from
 * torchvision's printed network, and independent of the code under test.
 */
import type { TorchTensor } from '../src/learn/backbones/torch-pickle.ts'

interface Maps {
  readonly channels: number
  readonly side: number
  readonly values: Float64Array
}

type Checkpoint = ReadonlyMap<string, TorchTensor>

/** Of features.1 to features.13: stride, and whether the input is added. */
const PARTS: readonly (readonly [number, boolean])[] = [
  [1, false],
  [2, false],
  [1, true],
  [2, false],
  [1, true],
  [1, true],
  [2, false],
  [1, true],
  [1, true],
  [1, true],
  [1, false],
  [1, true],
  [1, true],
]

/** Output [96, side / 16, side / 16] of a picture [side, side, 3] in 0..255. */
export function plainTrunk(checkpoint: Checkpoint, picture: Float32Array, side: number): Maps {
  const mean = [0.485, 0.456, 0.406]
  const deviation = [0.229, 0.224, 0.225]
  const values = new Float64Array(3 * side * side)
  for (let channel = 0; channel < 3; channel++) {
    for (let cell = 0; cell < side * side; cell++)
      values[channel * side * side + cell] =
        (picture[cell * 3 + channel] / 255 - mean[channel]) / deviation[channel]
  }
  let maps = relu6(step(checkpoint, { channels: 3, side, values }, 'features.0.0', 'features.0.1', 2))
  PARTS.forEach(([stride, added], i) => {
    const path = `features.${i + 1}.conv`
    const input = maps
    if (i > 0) maps = relu6(step(checkpoint, maps, `${path}.0.0`, `${path}.0.1`, 1))
    const at = i > 0 ? 1 : 0
    maps = relu6(step(checkpoint, maps, `${path}.${at}.0`, `${path}.${at}.1`, stride))
    maps = step(checkpoint, maps, `${path}.${at + 1}`, `${path}.${at + 2}`, 1)
    if (added) maps = { ...maps, values: maps.values.map((value, j) => value + input.values[j]) }
  })
  return maps
}

function step(checkpoint: Checkpoint, input: Maps, weight: string, norm: string, stride: number): Maps {
  const tensor = (name: string) => checkpoint.get(name) as TorchTensor
  const { shape, data } = tensor(`${weight}.weight`)
  const [outputs, groupInputs, window] = shape
  const pad = (window - 1) / 2
  const side = Math.floor((input.side + 2 * pad - window) / stride) + 1
  const values = new Float64Array(outputs * side * side)
  const part = (name: string) => tensor(`${norm}.${name}`).data
  const [gain, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(part)
  const outputsAGroup = outputs / (input.channels / groupInputs)
  let to = 0
  for (let output = 0; output < outputs; output++) {
    const firstInput = Math.floor(output / outputsAGroup) * groupInputs
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        let sum = 0
        for (let i = 0; i < groupInputs; i++) {
          for (let dy = 0; dy < window; dy++) {
            for (let dx = 0; dx < window; dx++) {
              const fromY = y * stride + dy - pad
              const fromX = x * stride + dx - pad
              if (fromY < 0 || fromX < 0 || fromY >= input.side || fromX >= input.side) continue
              sum +=
                data[((output * groupInputs + i) * window + dy) * window + dx] *
                input.values[((firstInput + i) * input.side + fromY) * input.side + fromX]
            }
          }
        }
        values[to++] =
          ((sum - mean[output]) / Math.sqrt(variance[output] + 1e-5)) * gain[output] + bias[output]
      }
    }
  }
  return { channels: outputs, side, values }
}

function relu6(maps: Maps): Maps {
  return { ...maps, values: maps.values.map(value => Math.min(6, Math.max(0, value))) }
}
