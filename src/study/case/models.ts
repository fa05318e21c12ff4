import { CaseError } from "../../engine/errors/index.ts";
import type { OnnxModel } from "../../engine/onnx/index.ts";
import { identityModelSchema } from "../../problem/models/identity.schema.ts";
import {
  identityModel,
  kuramotoSivashinsky,
  latentModel,
  linearModel,
  lorenz63,
  lorenz84,
  lorenz96,
  type Model,
  networkModel,
  shallowWater,
} from "../../problem/models/index.ts";
import { kuramotoSivashinskySchema } from "../../problem/models/kuramoto-sivashinsky.schema.ts";
import { linearSchema } from "../../problem/models/linear.schema.ts";
import { lorenz63Schema } from "../../problem/models/lorenz63.schema.ts";
import { lorenz84Schema } from "../../problem/models/lorenz84.schema.ts";
import { lorenz96Schema } from "../../problem/models/lorenz96.schema.ts";
import { moduleModelSchema } from "../../problem/models/module.schema.ts";
import { networkModelSchema } from "../../problem/models/network.schema.ts";
import { shallowWaterSchema } from "../../problem/models/shallow-water.schema.ts";
import { type Entry, entry, type Named } from "./entry.ts";
import { modelFromModule } from "./modules.ts";
import { normalizeOf } from "./normalize.ts";
import { at, type CaseTools } from "./tools.ts";

type ModelEntry = Entry<{ readonly tools: CaseTools; readonly place: string }, Model | Promise<Model>>;

/** The models of the format: one line each. */
export const modelEntries: Readonly<Record<string, ModelEntry>> = {
  lorenz63: entry(lorenz63Schema, (options) => lorenz63(options)),
  lorenz84: entry(lorenz84Schema, (options) => lorenz84(options)),
  lorenz96: entry(lorenz96Schema, (options) => lorenz96(options)),
  "kuramoto-sivashinsky": entry(kuramotoSivashinskySchema, (options) => kuramotoSivashinsky(options)),
  "shallow-water": entry(shallowWaterSchema, (options) => shallowWater(options)),
  linear: entry(linearSchema, async ({ matrix, dt }, { tools, place }) =>
    linearModel({ matrix: "file" in matrix ? await tools.array(matrix.file, `${place}.matrix`) : matrix, dt }),
  ),
  identity: entry(identityModelSchema, (options) => identityModel(options)),
  onnx: entry(networkModelSchema, async (config, { tools, place }) => {
    const { dt, stepsPerCall, state, normalize, latent, file } = config;
    const common = {
      dt,
      stepsPerCall,
      ...(state && { shape: state.shape }),
      ...(await normalizeOf(normalize, tools, `${place}.normalize`)),
    };
    if (latent === undefined) return networkModel({ ...common, network: await tools.network(file!, `${place}.file`) });
    const part = (key: keyof typeof latent): Promise<OnnxModel> =>
      tools.network(latent[key].file, `${place}.latent.${key}.file`);
    const [encoder, decoder, dynamics] = [await part("encoder"), await part("decoder"), await part("dynamics")];
    return latentModel({ ...common, encoder, decoder, dynamics });
  }),
  module: entry(moduleModelSchema, async (config, { tools, place }) =>
    modelFromModule(await tools.module(config.file, config.export, place), `${config.file}: ${config.export}`, place),
  ),
};

/**
 * The model that a case describes.
 * @throws CaseError at `place`
 */
export function makeModel(config: Named, tools: CaseTools, place: string): Promise<Model> {
  const found = modelEntries[config.name];
  if (found === undefined) throw new CaseError(`${place}.name`, `unknown name "${config.name}"`);
  return at(place, () => found.make(config, { tools, place }));
}
