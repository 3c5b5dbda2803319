/**
 * A network as a model folder of TensorFlow.js: a LayersModel of stock Keras layers, model.json and one file of weights,
 * as `tf.loadLayersModel` reads it. A LayersModel and no GraphModel, because its head can be trained on.
 */

import { INPUT, type Layer, OUTPUTS, type Weights } from './network.ts'

/** The weights' file, which model.json names. */
export const WEIGHTS_FILE = 'weights.bin'

interface KerasLayer {
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
}

interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32'
}

/** The two files of the folder: model.json, and the bytes of the weights. */
export function encodeLayersModel(
  layers: readonly Layer[],
  version: string,
): { readonly model: string; readonly weights: Uint8Array } {
  const weighted = layers.flatMap(layer => ('weights' in layer ? [layer] : []))
  const specs = weighted.flatMap(({ name, weights }) => specsOf(name, weights))
  const values = weighted.flatMap(({ weights }) => [weights.kernel, weights.bias])
  const json = {
    format: 'layers-model',
    generatedBy: `levelshift ${version}`,
    convertedBy: null,
    modelTopology: {
      keras_version: '2.12.0',
      backend: 'tensorflow',
      model_config: { class_name: 'Functional', config: functional(layers) },
    },
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights: specs }],
  }
  return { model: `${JSON.stringify(json)}\n`, weights: joinValues(values) }
}

function functional(layers: readonly Layer[]) {
  const input = {
    class_name: 'InputLayer',
    name: INPUT.name,
    config: { name: INPUT.name, batch_input_shape: [null, ...INPUT.shape], dtype: 'float32', sparse: false },
    inbound_nodes: [],
  }
  return {
    name: 'agent',
    layers: [
      input,
      ...layers.map(layer => {
        const { class_name, config } = toKeras(layer)
        return {
          class_name,
          name: layer.name,
          config: { name: layer.name, trainable: true, dtype: 'float32', ...config },
          inbound_nodes: [layer.inputs.map(name => [name, 0, 0, {}])],
        }
      }),
    ],
    input_layers: [[INPUT.name, 0, 0]],
    output_layers: OUTPUTS.map(({ name }) => [name, 0, 0]),
  }
}

function toKeras(layer: Layer): KerasLayer {
  switch (layer.kind) {
    case 'scale':
      return { class_name: 'Rescaling', config: { scale: layer.factor, offset: layer.offset } }
    case 'conv': {
      const [height, width, , filters] = layer.weights.shape
      return {
        class_name: 'Conv2D',
        config: {
          filters,
          kernel_size: [height, width],
          strides: [layer.stride, layer.stride],
          padding: layer.padding,
          data_format: 'channels_last',
          dilation_rate: [1, 1],
          activation: 'linear',
          use_bias: true,
        },
      }
    }
    case 'crop': {
      const both = [layer.margin, layer.margin]
      return { class_name: 'Cropping2D', config: { cropping: [both, both], data_format: 'channels_last' } }
    }
    case 'flatten':
      return { class_name: 'Flatten', config: { data_format: 'channels_last' } }
    case 'concat':
      return { class_name: 'Concatenate', config: { axis: -1 } }
    case 'dense':
      return {
        class_name: 'Dense',
        config: { units: layer.weights.shape[1], activation: 'linear', use_bias: true },
      }
    case 'normalise':
      return {
        class_name: 'LayerNormalization',
        config: { axis: -1, epsilon: layer.epsilon, center: false, scale: false },
      }
    case 'relu':
    case 'tanh':
      return { class_name: 'Activation', config: { activation: layer.kind } }
    default:
      return layer satisfies never
  }
}

function specsOf(name: string, { shape, bias }: Weights): WeightSpec[] {
  return [
    { name: `${name}/kernel`, shape, dtype: 'float32' },
    { name: `${name}/bias`, shape: [bias.length], dtype: 'float32' },
  ]
}

/** One after the other, little-endian. */
function joinValues(values: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, { length }) => sum + length * 4, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const array of values) {
    for (const value of array) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return bytes
}
