/** The package's version; a test holds it against package.json. Written out so that nothing is read to print it. */
export const version: string = "0.1.0";
