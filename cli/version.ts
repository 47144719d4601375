/** The package's version, written here so that printing it reads no file. A test compares it with package.json. */
export const version: string = "0.1.0";
