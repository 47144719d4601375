/** Loads a configuration that is code: with the runtime's own import where that works, because jiti costs Node 150 ms. */
import { pathToFileURL } from "node:url";

const TYPESCRIPT = /\.[mc]?ts$/;

/** Warnings of Node about the format of a module, which then loads all the same. */
const ABOUT_FORMAT = /^(Module type of|Failed to load the ES module|Type Stripping is an experimental)/;

/**
 * Returns what the module exports as default, or what that function returns.
 *
 * @throws what the module throws, and errors of syntax and of imports that do not resolve
 */
export async function loadModule(path: string): Promise<unknown> {
  const { typescript } = process.features as { typescript?: string | false };
  const native = TYPESCRIPT.test(path) && !typescript ? null : await natively(path);
  const config = native === null ? await withJiti(path) : native.config;
  return typeof config === "function" ? config() : config;
}

/**
 * `null` if the runtime cannot load the module. jiti also loads imports without an extension, types that are imported as
 * values, enums and a mixture of `import` and `require`, and its errors are the same on every runtime.
 */
async function natively(path: string): Promise<{ config: unknown } | null> {
  const restoreWarnings = withoutFormatWarnings();
  try {
    const { default: config, ...named } = await import(pathToFileURL(path).href);
    // a CommonJS module that a compiler made of an ES module
    return { config: config?.__esModule ? config.default : (config ?? named) };
  } catch {
    return null;
  } finally {
    restoreWarnings();
  }
}

async function withJiti(path: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  // other users of the machine could write to the directory of the cache
  const jiti = createJiti(path, { interopDefault: true, moduleCache: false, fsCache: false });
  return jiti.import(path, { default: true });
}

function withoutFormatWarnings(): () => void {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!ABOUT_FORMAT.test(typeof warning === "string" ? warning : warning.message)) emit(warning, ...rest);
  }) as typeof emit;
  return () => {
    process.emitWarning = emit;
  };
}
